/** Asks for the admin token. */
import { Alert, Anchor, Box, Button, Card, Center, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconAlertCircle } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { Link } from "react-router";
import { ColorSchemeSwitch } from "../layout/color-scheme-switch.tsx";
import { Mark } from "../layout/logo.tsx";
import { useSession } from "./session.tsx";

export function SignInPage() {
  useDocumentTitle("Sign in · Caprock");
  const { checking, problem, signIn } = useSession();
  const [token, setToken] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void signIn(token.trim());
  };
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={400} gap="lg">
        <Stack align="center" gap={6}>
          <Mark size={44} />
          <Title order={1} fz={24} mt="sm" lts="-0.015em">
            Sign in to Caprock
          </Title>
          <Text c="dimmed" fz="sm" ta="center">
            Amazon Bedrock for many tenants, each within its cap
          </Text>
        </Stack>
        <Card padding="xl">
          <form onSubmit={submit}>
            <Stack gap="md">
              <PasswordInput
                label="Admin token"
                description="Printed when Caprock starts."
                autoComplete="off"
                spellCheck={false}
                data-autofocus
                autoFocus
                value={token}
                onChange={(event) => setToken(event.currentTarget.value)}
              />
              {problem && !checking && (
                <Alert color="red" role="alert" icon={<IconAlertCircle size={18} />} py="xs">
                  {problem}
                </Alert>
              )}
              <Button type="submit" size="md" fullWidth loading={checking} disabled={token.trim() === ""}>
                Sign in
              </Button>
            </Stack>
          </form>
        </Card>
        <Text c="dimmed" fz="xs" ta="center">
          The token stays in this tab and is forgotten when you close it.
          <br />
          <Anchor component={Link} to="/reference" fz="xs">
            API reference
          </Anchor>
        </Text>
        <Box mx="auto" w={120}>
          <ColorSchemeSwitch />
        </Box>
      </Stack>
    </Center>
  );
}

/** The API's own OpenAPI document, rendered. Open to everyone; loads nothing from elsewhere. */
import "swagger-ui-dist/swagger-ui.css";
import "./reference.css";
import { Button, Card, useComputedColorScheme } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import { PageHeader } from "../layout/page-header.tsx";

const documentPath = "/openapi.json";

export function ReferencePage() {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light");

  useEffect(() => {
    const domNode = place.current;
    if (!domNode) {
      return;
    }
    SwaggerUI({
      domNode,
      url: documentPath,
      // Null keeps Swagger UI from sending the document to its validator on the internet.
      validatorUrl: null,
      docExpansion: "list",
      defaultModelsExpandDepth: 0,
      defaultModelExpandDepth: 3,
      displayRequestDuration: true,
      persistAuthorization: false,
      filter: false,
    });
    return () => domNode.replaceChildren();
  }, []);

  useEffect(() => {
    document.documentElement.classList.toggle("dark-mode", scheme === "dark");
    return () => document.documentElement.classList.remove("dark-mode");
  }, [scheme]);

  return (
    <>
      <PageHeader
        title="API reference"
        about="Rendered from the document that the API serves. Requests you try out go to this deployment."
      >
        <Button
          component="a"
          href={documentPath}
          download="caprock-openapi.json"
          variant="default"
          leftSection={<IconDownload size={16} stroke={1.6} />}
        >
          OpenAPI document
        </Button>
      </PageHeader>
      <Card padding="md">
        <div ref={place} data-testid="reference" />
      </Card>
    </>
  );
}

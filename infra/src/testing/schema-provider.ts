/** A Terraform provider that knows schemas and nothing else: enough for `terraform validate`. */
import { fileURLToPath } from "node:url";
import {
  type GrpcObject,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceClientConstructor,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { BlockSchema } from "./binding-schema.ts";

export interface ProviderSchemas {
  readonly provider: BlockSchema;
  readonly resources: Readonly<Record<string, BlockSchema>>;
  readonly dataSources: Readonly<Record<string, BlockSchema>>;
}

export interface RunningProvider {
  /** `host:port` on loopback. */
  readonly address: string;
  readonly stop: () => void;
}

/** Serves the schemas by Terraform's plugin protocol, version 5; every configuration of a right shape is fine. */
export async function serveSchemas({
  provider,
  resources,
  dataSources,
}: ProviderSchemas): Promise<RunningProvider> {
  const server = new Server({ "grpc.max_send_message_length": -1 });
  const schemas = {
    provider: { block: provider },
    resource_schemas: inSchemas(resources),
    data_source_schemas: inSchemas(dataSources),
  };
  server.addService(providerService(), {
    GetSchema: answer(() => schemas),
    PrepareProviderConfig: answer(({ config }) => ({ prepared_config: config })),
    ValidateResourceTypeConfig: answer(() => ({})),
    ValidateDataSourceConfig: answer(() => ({})),
    Stop: answer(() => ({})),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

function providerService(): ServiceClientConstructor["service"] {
  const protocol = fileURLToPath(new URL("./tfplugin5.proto", import.meta.url));
  const { tfplugin5 } = loadPackageDefinition(loadSync(protocol, { keepCase: true }));
  return ((tfplugin5 as GrpcObject).Provider as ServiceClientConstructor).service;
}

function inSchemas(blocks: Readonly<Record<string, BlockSchema>>): Record<string, { block: BlockSchema }> {
  return Object.fromEntries(Object.entries(blocks).map(([type, block]) => [type, { block }]));
}

interface ConfigRequest {
  readonly config?: unknown;
}

function answer(respond: (request: ConfigRequest) => object) {
  return (call: ServerUnaryCall<ConfigRequest, object>, done: sendUnaryData<object>) =>
    done(null, respond(call.request));
}

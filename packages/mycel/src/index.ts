export { connect, StandaloneClient, type ConnectOptions } from './app/connect.ts';
export { runServices, type RunServicesOptions } from './app/run-services.ts';
export { config, configSection } from './config/config-dependency.ts';
export { ConfigError, ConfigUnavailableError } from './config/config-error.ts';
export { StartInterruptedError, StopFailedError } from './core/container-errors.ts';
export { authToken, contextData, language, userAgent, userId, workerContext } from './core/context-dependencies.ts';
export { type WorkerContextStorage, workerContextStorage } from './core/context-storage.ts';
export { ServiceContainer } from './core/container.ts';
export type { ContainerOptions } from './core/container-options.ts';
export { type Contract, type ContractSpec, defineContract, type ServiceOf } from './core/contract.ts';
export { declareEntrypoint, type EntrypointDecorator, type PublicMethodContext } from './core/declaration.ts';
export {
  dependency,
  type Dependency,
  type DependencyKeys,
  type DependencyMark,
  type Double,
  type OptionalDependency,
  type Replacements,
} from './core/dependency.ts';
export { DependencyProvider } from './core/dependency-provider.ts';
export { Entrypoint } from './core/entrypoint.ts';
export { defineEvent, type EventDefinition, type EventOf, type EventOptions } from './core/event-definition.ts';
export { Extension } from './core/extension.ts';
export type { HealthCheckLimits } from './core/health-check.ts';
export type {
  HealthAnswer,
  HealthMonitor,
  HealthMonitorOptions,
  NamedHealthReport,
  ServiceHealth,
} from './core/health-monitor.ts';
export type { ContainerState, RunnerState } from './core/life-cycle.ts';
export { type Manifest, manifestOf } from './core/manifest.ts';
export {
  type DeclaredErrorClass,
  type MycelCode,
  RemoteError,
  remoteError,
  type RemoteErrorClass,
  type RemoteErrorOptions,
  type RemoteOrigin,
} from './core/remote-error.ts';
export { type ResourceOwner, ResourceSet, type SharedResource } from './core/resources.ts';
export type { RpcDefinition } from './core/rpc-definition.ts';
export { type RunnerOptions, ServiceRunner } from './core/runner.ts';
export { defineService, type EntrypointMap, service, type ServiceDecorator } from './core/service.ts';
export {
  isService,
  type ServiceClass,
  type ServiceDefinition,
  type ServiceOptions,
} from './core/service-definition.ts';
export type { ServiceHost } from './core/service-host.ts';
export type { CarriedContext, FiredEntrypoint, WorkerContext } from './core/worker-context.ts';
export type { DeliverySource, WorkerDelivery } from './core/worker-delivery.ts';
export {
  CallTimeoutSignal,
  DeadlinePassedError,
  DependencyHookError,
  GracePeriodOverError,
  TaskFailedError,
  WorkerKilledError,
  WorkerRefusedError,
} from './core/worker-errors.ts';
export type { WorkerHandle, WorkerOutcome, WorkerRequest } from './core/worker-request.ts';
export type { DispatchOptions } from './events/event-caller.ts';
export {
  type Dispatcher,
  type DispatcherDouble,
  eventDispatcher,
  type EventDispatcherOptions,
} from './events/event-dispatcher.ts';
export { EventNotRoutedError, InvalidPayloadError } from './events/event-errors.ts';
export { eventHandler } from './events/event-handler.ts';
export type { EventHandlerOptions, EventRetryOptions, OrderKey } from './events/event-handler-options.ts';
export { RetryLater, type RetryLaterOptions } from './events/retry-later.ts';
export type { Awaitable } from './foundation/awaitable.ts';
export type { Config, ConfigSection } from './foundation/config-section.ts';
export type { Duration } from './foundation/duration.ts';
export { MycelError, UsageError } from './foundation/errors.ts';
export type { HealthReport } from './foundation/health-report.ts';
export type { Logger } from './foundation/logger.ts';
export { createLogger, type LoggerOptions } from './foundation/pino-logger.ts';
export { type ResourceKey, resourceKey } from './foundation/resource-key.ts';
export type { Schema, SchemaInput, SchemaOutput, SchemaProblem } from './foundation/schema.ts';
export { type ContractRpcDecorator, rpc, type RpcDeclaration } from './rpc/rpc.ts';
export type { CallOptions, CallResult, Reply, RpcClient, RpcDouble, RpcExtras, RpcMethod } from './rpc/rpc-client.ts';
export {
  CalleeCrashedError,
  IncorrectSignatureError,
  InvalidArgumentsError,
  InvalidResultError,
  MalformedRequestError,
  MethodNotFoundError,
  UnserialisableResultError,
} from './rpc/rpc-errors.ts';
export { rpcProxy } from './rpc/rpc-proxy.ts';
export type { CallableService } from './rpc/rpc-target.ts';
export type { HandlerMode, OnError, PublishResult } from './transport/event-transport.ts';
export { timer } from './timer/timer.ts';
export type { TimerOptions } from './timer/timer-entrypoint.ts';
export { LetterNotReplayedError } from './transport/letter-not-replayed-error.ts';
export {
  BrokerUnavailableError,
  CallCancelledError,
  type CallProgress,
  CallTimeoutError,
  DisconnectedError,
  type PublishBound,
  PublishBufferError,
  PublishRejectedError,
  ServiceUnavailableError,
  TopologyError,
  TransportClosedError,
  TransportError,
  UndecodableError,
  UnknownServiceError,
  UnserialisableError,
} from './transport/transport-errors.ts';
export { http, type HttpHandler } from './web/http.ts';
export { HttpError } from './web/http-error.ts';
export type { HttpOptions } from './web/http-options.ts';
export type { HttpRequest } from './web/http-request.ts';

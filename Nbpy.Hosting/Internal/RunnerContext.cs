using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal.Containers;

namespace Nbpy.Hosting.Internal;

/// <summary>What every runner shares.</summary>
internal sealed record RunnerContext(
    ResourceNotificationService Notifications,
    ResourceLoggerService Loggers,
    IDistributedApplicationEventing Eventing,
    HealthCheckService Health,
    DistributedApplicationExecutionContext ExecutionContext,
    IConfiguration Configuration,
    IServiceProvider Services,
    TimeProvider Time,
    Guardian Guardian,
    LogDirectory Logs,
    ContainerHost Containers);

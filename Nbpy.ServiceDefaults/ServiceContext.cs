using Microsoft.Extensions.Logging;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.ServiceDefaults;

/// <summary>What a service is made from.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="Config">The whole configuration.</param>
/// <param name="Source">The host's choice of source for publishers that name none.</param>
/// <param name="Loggers">Makes loggers.</param>
/// <param name="Time">The clock.</param>
public sealed record ServiceContext(string Name, IntegrationConfig Config, SourceKind Source, ILoggerFactory Loggers, TimeProvider Time);

/// <summary>A service cannot start as it is configured: exit code 2, with the message as the mend.</summary>
public sealed class ServiceStartException(string message) : Exception(message);

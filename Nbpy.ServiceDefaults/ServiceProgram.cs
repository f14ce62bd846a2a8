using System.CommandLine;
using Microsoft.Extensions.Logging;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.ServiceDefaults;

/// <summary>The main of every service program: options, configuration, logs, health, shutdown, closing counters.</summary>
public static class ServiceProgram
{
    /// <summary>Parses the arguments and runs the named service until SIGTERM or Ctrl+C; <c>health</c> alone asks the one that runs.</summary>
    /// <param name="args">The program's arguments.</param>
    /// <param name="description">For <c>--help</c>.</param>
    /// <param name="create">Makes the service; may throw <see cref="ServiceStartException"/>.</param>
    /// <returns>0 done, 1 failed, 2 wrong usage or configuration.</returns>
    public static async Task<int> RunAsync(string[] args, string description, Func<ServiceContext, IService> create)
    {
        if (HealthProbe.IsAsked(args))
            return HealthProbe.Run();
        using var signals = new StopSignals();
        var name = new Argument<string>("name") { Description = "The service's name in the configuration." };
        var config = new Option<string?>("--config") { Description = "The configuration file (default: CONFIG_PATH, or the nearest integration_config.json)." };
        var source = new Option<SourceKind>("--source") { Description = "Where messages come from, for a publisher that names no source.", DefaultValueFactory = _ => SourceKind.Auto };
        var root = new RootCommand(description) { name, config, source };
        root.SetAction((result, _) => StartAsync(result.GetRequiredValue(name), result.GetValue(config), result.GetValue(source), create, signals));
        var parsed = root.Parse(args);
        return parsed.Errors.Count == 0
            ? await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false) // The service stops by itself, drained.
            : parsed.Invoke() == 0 ? 0 : 2;
    }

    private static async Task<int> StartAsync(string name, string? path, SourceKind source, Func<ServiceContext, IService> create, StopSignals signals)
    {
        using var loggers = ServiceLogging.CreateFactory(name);
        var logger = loggers.CreateLogger(name);
        try
        {
            var config = ConfigurationLoader.Load(path);
            var service = create(new ServiceContext(name, config, source, loggers, TimeProvider.System));
            await ServiceRunner.RunAsync(name, service, logger, signals).ConfigureAwait(false);
            return 0;
        }
        catch (ConfigurationException e)
        {
            ConfigurationReport.Write(e, Console.Error);
            return 2;
        }
        catch (ServiceStartException e)
        {
            await Console.Error.WriteLineAsync($"{name}: {e.Message}").ConfigureAwait(false);
            return 2;
        }
        catch (Exception e)
        {
            ServiceLogging.Failed(logger, name, e.Message, e);
            return 1;
        }
    }
}

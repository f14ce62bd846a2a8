using System.CommandLine;
using System.ComponentModel;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli;

/// <summary>What every command has: the configuration option, and errors as messages with their exit codes (0 done, 1 the thing failed, 2
/// wrong usage or configuration).</summary>
internal static class Commands
{
    /// <summary><c>--config</c>.</summary>
    public static Option<string?> ConfigPath { get; } = new("--config") { Description = "The configuration file (default: CONFIG_PATH, or the nearest integration_config.json)." };

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON." };

    /// <summary>A command over a configuration.</summary>
    public static Command Make(string name, string description, IEnumerable<Symbol> symbols, Func<ParseResult, IntegrationConfig, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description) { ConfigPath };
        foreach (var symbol in symbols)
        {
            if (symbol is Option option)
                command.Options.Add(option);
            else if (symbol is Argument argument)
                command.Arguments.Add(argument);
        }

        command.SetAction(async (result, cancellationToken) =>
        {
            try
            {
                return await run(result, ConfigurationLoader.Load(result.GetValue(ConfigPath)), cancellationToken).ConfigureAwait(false);
            }
            catch (ConfigurationException e)
            {
                ConfigurationReport.Write(e, Console.Error);
                return 2;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or Influx.InfluxException or HttpRequestException or Win32Exception)
            {
                await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
                return 1;
            }
        });
        return command;
    }
}

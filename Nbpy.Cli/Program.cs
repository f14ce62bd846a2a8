using System.CommandLine;
using System.CommandLine.Parsing;
using Nbpy.Cli;
using Nbpy.Cli.Backup;
using Nbpy.Cli.Export;
using Nbpy.Cli.Grafana;
using Nbpy.Cli.Host;
using Nbpy.Cli.Record;
using Nbpy.Cli.Retention;
using Nbpy.ServiceDefaults.Telemetry;

var root = new RootCommand("Operates NBPY: the market-data pipeline from ZeroMQ publishers into InfluxDB.");
foreach (var command in HostCommands.Create())
    root.Subcommands.Add(command);
root.Subcommands.Add(ValidateCommand.Create());
root.Subcommands.Add(DoctorCommand.Create());
root.Subcommands.Add(RetentionCommands.Create());
root.Subcommands.Add(GrafanaCommands.Create());
root.Subcommands.Add(ExportCommand.Create());
root.Subcommands.Add(KeysCommand.Create());
foreach (var command in PublishCommand.Create())
    root.Subcommands.Add(command);
root.Subcommands.Add(WaitCommand.Create());
root.Subcommands.Add(RecordCommand.Create());
root.Subcommands.Add(CompletionCommand.Create());
root.Subcommands.Add(BackupCommand.Create());
root.Subcommands.Add(RestoreCommand.Create());
var parsed = root.Parse(args);
var invocation = new InvocationConfiguration();
if (HostCommands.OwnSignals.Contains(parsed.CommandResult.Command))
    invocation.ProcessTerminationTimeout = null;
// A job of the host says how it ended. The store's set-up does not: every subscriber waits for its end, and loading OpenTelemetry takes a fifth of a
// second; what a person asks for is nobody's telemetry.
var exitCode = parsed.CommandResult is { Command.Name: "setup", Parent: CommandResult { Command.Name: "grafana" } } && parsed.Errors.Count == 0
    ? await JobTelemetry.RunAsync("grafana-setup", "grafana setup", () => parsed.InvokeAsync(invocation))
    : await parsed.InvokeAsync(invocation);
return parsed.Errors.Count == 0 ? exitCode : 2;

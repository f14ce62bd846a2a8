using System.CommandLine;
using Nbpy.Cli;
using Nbpy.Cli.Backup;
using Nbpy.Cli.Export;
using Nbpy.Cli.Grafana;
using Nbpy.Cli.Host;
using Nbpy.Cli.Record;
using Nbpy.Cli.Retention;

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
var exitCode = await parsed.InvokeAsync(invocation);
return parsed.Errors.Count == 0 ? exitCode : 2;

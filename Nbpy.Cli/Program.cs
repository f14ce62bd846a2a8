using System.CommandLine;
using Nbpy.Cli.Grafana;
using Nbpy.Cli.Retention;

var root = new RootCommand("Operates NBPY: the market-data pipeline from ZeroMQ publishers into InfluxDB.")
{
    RetentionCommands.Create(),
    GrafanaCommands.Create(),
};
var parsed = root.Parse(args);
if (parsed.Errors.Count == 0)
    return await parsed.InvokeAsync();
await parsed.InvokeAsync();
return 2;

using System.CommandLine;
using System.Globalization;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Telemetry;
using Nbpy.Validation;

var what = new Argument<string>("what") { Description = "zmq: every topic streams. influxdb: every measurement has points. full: both, and what was sent is stored.", DefaultValueFactory = _ => "full" };
what.AcceptOnlyFromAmong("zmq", "influxdb", "full");
var duration = new Option<double?>("--duration") { Description = "Seconds to listen (default: validation.message_timeout)." };
var config = new Option<string?>("--config") { Description = "The configuration file (default: CONFIG_PATH, or the nearest integration_config.json)." };
var json = new Option<bool>("--json") { Description = "Print one JSON document." };
duration.Validators.Add(r =>
{
    if (r.GetValueOrDefault<double?>() is not (null or (> 0 and <= 3600)))
        r.AddError("--duration takes more than 0 and at most 3600 seconds.");
});
var root = new RootCommand("Validates that every topic streams over ZeroMQ and is stored. Exit code 0: all is well, 1: something is not, 2: wrong usage or configuration.") { what, duration, config, json };
root.SetAction(async (result, cancellationToken) =>
{
    try
    {
        var loaded = ConfigurationLoader.Load(result.GetValue(config));
        var seconds = result.GetValue(duration)
            ?? (double.TryParse(Environment.GetEnvironmentVariable("NBPY_VALIDATION_DURATION"), NumberStyles.Float, CultureInfo.InvariantCulture, out var set) && set > 0 ? set : loaded.Validation.MessageTimeout);
        var report = await new Validator(loaded, TimeProvider.System).RunAsync(result.GetRequiredValue(what), TimeSpan.FromSeconds(seconds), cancellationToken);
        if (result.GetValue(json))
            report.WriteJson(Console.Out);
        else
            report.WriteText(Console.Out);
        return report.Passed ? 0 : 1;
    }
    catch (ConfigurationException e)
    {
        ConfigurationReport.Write(e, Console.Error);
        return 2;
    }
});
var parsed = root.Parse(args);
var exitCode = parsed.Errors.Count == 0 ? await JobTelemetry.RunAsync("validation", "validation", () => parsed.InvokeAsync()) : await parsed.InvokeAsync();
return parsed.Errors.Count > 0 ? 2 : exitCode;

using System.Globalization;
using System.Net;
using Microsoft.Extensions.Hosting;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Telemetry;
using Nbpy.Viewer;

// An engine that asks by a command: health [--port N].
var asksHealth = args is ["health", ..];
if (asksHealth)
    args = args[1..];
string? path = null;
int? port = null;
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--config" && i + 1 < args.Length)
    {
        path = args[++i];
    }
    else if (args[i] == "--port" && i + 1 < args.Length
        && ushort.TryParse(args[++i], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
    {
        port = number;
    }
    else
    {
        Console.Error.WriteLine("Usage: Nbpy.Viewer [health] [--config PATH] [--port N]");
        return args[i] is "--help" or "-h" ? 0 : 2;
    }
}

if (asksHealth)
    return HealthProbe.Run(port ?? 3000, "/api/health");

IntegrationConfig config;
try
{
    config = ConfigurationLoader.Load(path);
}
catch (ConfigurationException e)
{
    Console.Error.WriteLine(e.Message);
    foreach (var error in e.Errors)
        Console.Error.WriteLine($"  {error.JsonPath} (line {error.Line}): {error.Message}");
    return 2;
}

if (!IPAddress.IsLoopback(IPAddress.Parse(config.System.BindHost)) && config.Grafana.HasDefaultPassword)
{
    Console.Error.WriteLine($"The viewer would be open at {config.System.BindHost} with the default password; set GRAFANA_ADMIN_PASSWORD, or keep system.bind_host at 127.0.0.1.");
    return 2;
}

using var telemetry = ProgramTelemetry.Start("grafana", static () => new Dictionary<string, long>());
await using var app = ViewerApplication.Build(config, port ?? config.Grafana.Port);
try
{
    await app.StartAsync();
}
catch (IOException e)
{
    Console.Error.WriteLine($"The viewer cannot listen: {e.Message}");
    return 1;
}
Console.WriteLine($"The viewer is at {app.Urls.First()}");
await app.WaitForShutdownAsync();
return 0;

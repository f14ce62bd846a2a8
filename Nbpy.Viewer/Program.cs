using System.Globalization;
using Microsoft.Extensions.Hosting;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.Viewer;

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
        Console.Error.WriteLine("Usage: Nbpy.Viewer [--config PATH] [--port N]");
        return args[i] is "--help" or "-h" ? 0 : 2;
    }
}

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

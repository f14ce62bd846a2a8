using System.CommandLine;
using System.Net;
using Nbpy.EmbeddedInflux.Http;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.Storage;

var port = new Option<int>("--port") { Description = "Port to listen on; 0 takes a free one.", DefaultValueFactory = _ => 8086 };
var data = new Option<string>("--data") { Description = "Directory of the data.", DefaultValueFactory = _ => Path.Combine("data", "influx") };
var bind = new Option<string>("--bind") { Description = "Address to listen on.", DefaultValueFactory = _ => "127.0.0.1" };
var memory = new Option<string>("--memory-limit") { Description = "Memory of the engine.", DefaultValueFactory = _ => "512MB" };
var noAuth = new Option<bool>("--no-auth") { Description = "No authentication (the only mode so far)." };
port.Validators.Add(r =>
{
    if (r.Tokens.Count > 0 && int.TryParse(r.Tokens[0].Value, out var n) && n is < 0 or > 65535)
        r.AddError("--port: 0 to 65535");
});
bind.Validators.Add(r =>
{
    if (r.Tokens.Count > 0 && !IPAddress.TryParse(r.Tokens[0].Value, out _))
        r.AddError("--bind: an IP address");
});
var command = new RootCommand("A server with InfluxDB 1.x's HTTP API over an embedded engine.") { port, data, bind, memory, noAuth };
command.SetAction(async (arguments, cancellationToken) =>
{
    var options = new StoreOptions
    {
        DataDirectory = Path.GetFullPath(arguments.GetValue(data)!),
        MemoryLimit = arguments.GetValue(memory)!,
    };
    try
    {
        using var store = new Store(options, TimeProvider.System);
        var engine = new QueryEngine(store, TimeProvider.System);
        await using var server = InfluxServer.Build(store, engine, IPAddress.Parse(arguments.GetValue(bind)!), arguments.GetValue(port));
        await server.StartAsync(cancellationToken);
        Console.WriteLine($"embedded InfluxDB on {server.Urls.First()}, data in {options.DataDirectory}");
        await Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
        await server.StopAsync(CancellationToken.None);
        return 0;
    }
    catch (Exception e) when (e is StoreUnavailableException or IOException or DuckDB.NET.Data.DuckDBException)
    {
        Console.Error.WriteLine("error: " + e.Message);
        return 1;
    }
});
var parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
        Console.Error.WriteLine("error: " + error.Message);
    return 2;
}

return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });

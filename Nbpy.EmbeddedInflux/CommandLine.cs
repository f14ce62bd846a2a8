using System.CommandLine;
using System.Net;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.ServiceDefaults;

namespace Nbpy.EmbeddedInflux;

/// <summary>The program's options.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var command = ServeCommand();
        var parsed = command.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync("error: " + error.Message).ConfigureAwait(false);
            return 2;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) }).ConfigureAwait(false);
    }

    private static RootCommand ServeCommand()
    {
        var port = new Option<int>("--port") { Description = "Port to listen on; 0 takes a free one.", DefaultValueFactory = _ => 8086 };
        var data = new Option<string>("--data") { Description = "Directory of the data.", DefaultValueFactory = _ => Path.Combine("data", "influx") };
        var bind = new Option<string>("--bind") { Description = "Address to listen on.", DefaultValueFactory = _ => "127.0.0.1" };
        var memory = new Option<string>("--memory-limit") { Description = "Memory of the engine.", DefaultValueFactory = _ => "512MB" };
        var auth = new Option<bool>("--auth")
        {
            Description = $"Users must sign in. Also by {Server.AuthVariable}=true; {Server.AdminUserVariable} and {Server.AdminPasswordVariable} make the first administrator.",
        };
        var noAuth = new Option<bool>("--no-auth") { Description = "Nobody has to sign in, whatever the environment says." };
        var timeout = new Option<int>("--query-timeout") { Description = "Seconds after which a query is stopped; 0: never." };
        var rows = new Option<int>("--max-row-limit") { Description = "Rows in an answer that is not chunked; 0: no limit." };
        var body = new Option<long>("--max-body-size") { Description = "Bytes of a write request.", DefaultValueFactory = _ => 25_000_000 };
        var selectSeries = new Option<long>("--max-select-series") { Description = "Series that one SELECT may read; 0: no limit." };
        var selectBuckets = new Option<long>("--max-select-buckets") { Description = "Intervals of GROUP BY time() that one SELECT may make; 0: no limit." };
        var selectPoints = new Option<long>("--max-select-point") { Description = "Points that one SELECT may read; 0: no limit." };
        var noAutoCreate = new Option<bool>("--no-retention-autocreate")
        {
            Description = "A new database has no retention policy until one is created, as with InfluxDB's retention-autocreate = false.",
        };
        var atRest = new Option<bool>("--at-rest") { Description = "Changes nothing by itself: no retention, no continuous queries. For looking at a copy." };
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
        var command = new RootCommand("A server with InfluxDB 1.x's HTTP API over an embedded engine.")
        {
            port, data, bind, memory, auth, noAuth, timeout, rows, body, selectSeries, selectBuckets, selectPoints,
            noAutoCreate, atRest,
        };
        command.Validators.Add(r =>
        {
            if (r.GetValue(auth) && r.GetValue(noAuth))
                r.AddError("--auth and --no-auth exclude each other");
            if (IPAddress.TryParse(r.GetValue(bind), out var address) && !IPAddress.IsLoopback(address)
                && (r.GetValue(noAuth) || (!r.GetValue(auth) && Server.Environment(Server.AuthVariable) is not ("true" or "1"))))
                r.AddError($"--bind {address} opens the store to a network, and nobody has to sign in; add --auth, with {Server.AdminUserVariable} and {Server.AdminPasswordVariable} for the first administrator");
        });
        command.Subcommands.Add(RestoreCommand());
        command.Subcommands.Add(HealthCommand());
        command.SetAction((arguments, cancellationToken) => Server.RunAsync(
            new ServerOptions
            {
                Port = arguments.GetValue(port),
                Address = IPAddress.Parse(arguments.GetValue(bind)!),
                DataDirectory = Path.GetFullPath(arguments.GetValue(data)!),
                MemoryLimit = arguments.GetValue(memory)!,
                Auth = arguments.GetValue(auth) || (!arguments.GetValue(noAuth) && Server.Environment(Server.AuthVariable) is "true" or "1"),
                AtRest = arguments.GetValue(atRest),
                RetentionAutoCreate = !arguments.GetValue(noAutoCreate),
                QueryTimeout = arguments.GetValue(timeout) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null,
                Limits = new SelectLimits
                {
                    Series = arguments.GetValue(selectSeries),
                    Buckets = arguments.GetValue(selectBuckets),
                    Points = arguments.GetValue(selectPoints),
                },
                MaxRows = arguments.GetValue(rows),
                MaxBody = arguments.GetValue(body),
            },
            cancellationToken));
        return command;
    }

    private static Command RestoreCommand()
    {
        var from = new Option<string>("--from") { Description = $"The backup: an archive, or a directory that holds {Backup.Restore.ArchiveName}.", Required = true };
        var data = new Option<string>("--data") { Description = "The data directory to make; missing or empty.", Required = true };
        var command = new Command("restore", "Makes a data directory of a backup (POST /nbpy/backup streams one). The server must not run on it.") { from, data };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            try
            {
                var target = Path.GetFullPath(arguments.GetValue(data)!);
                var manifest = await Backup.Restore.RunAsync(Path.GetFullPath(arguments.GetValue(from)!), target, cancellationToken).ConfigureAwait(false);
                Console.WriteLine($"restored {manifest.Files.Sum(f => f.Size)} bytes in {manifest.Files.Count} files, taken {manifest.Taken:O}, into {target}");
                return 0;
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync("error: " + e.Message).ConfigureAwait(false);
                return 1;
            }
        });
        return command;
    }

    private static Command HealthCommand()
    {
        var port = new Option<int>("--port") { Description = "The server's port.", DefaultValueFactory = _ => 8086 };
        var command = new Command("health", "Asks the server that runs on this machine; 0 healthy, 1 not. For engines that ask by a command.") { port };
        command.SetAction(arguments => HealthProbe.Run(arguments.GetValue(port), "/health"));
        return command;
    }
}

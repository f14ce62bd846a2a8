using System.Net;
using Microsoft.Extensions.Logging;
using Nbpy.EmbeddedInflux.ContinuousQueries;
using Nbpy.EmbeddedInflux.Http;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.Meta;
using Nbpy.EmbeddedInflux.Storage;
using Nbpy.EmbeddedInflux.Subscriptions;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Telemetry;

namespace Nbpy.EmbeddedInflux;

/// <summary>The server from its start to its end.</summary>
internal static class Server
{
    public const string AuthVariable = "INFLUXDB_HTTP_AUTH_ENABLED";
    public const string AdminUserVariable = "INFLUXDB_ADMIN_USER";
    public const string AdminPasswordVariable = "INFLUXDB_ADMIN_PASSWORD";
    public const string SharedSecretVariable = "INFLUXDB_HTTP_SHARED_SECRET";

    /// <summary>A variable, or what is in the file that <c>NAME_FILE</c> names, as container runtimes mount secrets; null without either.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string? Environment(string name) =>
        System.Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value
        : System.Environment.GetEnvironmentVariable(name + "_FILE") is { Length: > 0 } file ? File.ReadAllText(file).TrimEnd('\r', '\n')
        : null;

    /// <summary>Runs until cancelled. Answers the exit code.</summary>
    public static async Task<int> RunAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        InlineSockets.Use();
        try
        {
            using var store = new Store(Storage(options), TimeProvider.System);
            var meta = new MetaStore(Path.Combine(options.DataDirectory, Store.MetaFile));
            if (!options.AtRest)
                MakeFirstAdministrator(meta);
            if (!IPAddress.IsLoopback(options.Address) && Refusal(meta) is { } refusal)
            {
                await Console.Error.WriteLineAsync($"error: {options.Address} opens the store to a network, and {refusal}").ConfigureAwait(false);
                return 2;
            }

            await using var subscriptions = options.AtRest ? null : new SubscriptionService(meta, store, TimeProvider.System);
            var engine = new QueryEngine(store, TimeProvider.System, meta, options.QueryTimeout, options.Limits) { Subscriptions = subscriptions };
            var authenticator = new Authenticator(meta, options.Auth, Environment(SharedSecretVariable), TimeProvider.System);
            var api = new ApiOptions { MaxBody = options.MaxBody, MaxRows = options.MaxRows };
            await using var server = InfluxServer.Build(store, engine, authenticator, api, options.Address, options.Port);
            using var telemetry = ProgramTelemetry.Start("influxdb", engine.Facts.Counters);
            var log = telemetry.Loggers.CreateLogger("Nbpy.EmbeddedInflux");
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
            ServerLog.Listening(log, server.Urls.First(), options.DataDirectory);
            Console.WriteLine($"embedded InfluxDB on {server.Urls.First()}, data in {options.DataDirectory}, {(options.Auth ? "users sign in" : "no authentication")}");
            if (options.AtRest)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else
            {
                var continuous = new ContinuousQueryService(meta, engine, TimeProvider.System, m =>
                {
                    Console.Error.WriteLine("store: " + m);
                    ServerLog.Trouble(log, m);
                });
                await continuous.RunAsync(cancellationToken).ConfigureAwait(false);
            }

            ServerLog.Stopping(log);
            await server.StopAsync(CancellationToken.None).ConfigureAwait(false);
            return 0;
        }
        catch (Exception e) when (e is StoreUnavailableException or IOException or UnauthorizedAccessException or InvalidDataException or DuckDB.NET.Data.DuckDBException)
        {
            await Console.Error.WriteLineAsync("error: " + e.Message).ConfigureAwait(false);
            return 1;
        }
    }

    /// <summary>What the program's options are for its store.</summary>
    public static StoreOptions Storage(ServerOptions options) => new()
    {
        DataDirectory = options.DataDirectory,
        MemoryLimit = options.MemoryLimit,
        RetentionAutoCreate = options.RetentionAutoCreate,
        EnforceRetention = !options.AtRest,
    };

    /// <summary>Who knows a password that everybody knows, or may choose one, would be the administrator.</summary>
    private static string? Refusal(MetaStore meta) =>
        Environment(AdminPasswordVariable) is { } password && DefaultPasswords.Contains(password)
            ? $"everybody knows the password in {AdminPasswordVariable}; choose another"
        : !meta.HasAdmin ? $"whoever comes first could make himself its administrator; set {AdminUserVariable} and {AdminPasswordVariable}"
        : null;

    // As InfluxDB's container image does with the same variables.
    private static void MakeFirstAdministrator(MetaStore meta)
    {
        if (!meta.HasAdmin && Environment(AdminUserVariable) is { } name && Environment(AdminPasswordVariable) is { } password)
            meta.CreateUser(name, password, admin: true);
    }
}

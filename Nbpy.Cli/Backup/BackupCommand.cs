using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Nbpy.Influx;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Backup;

/// <summary><c>nbpy backup DIR</c>: a consistent copy of the running store, with an inventory to prove a restore by.</summary>
internal static class BackupCommand
{
    /// <summary>The file of the embedded store's backup.</summary>
    public const string EmbeddedFile = "embedded-influx.tar";

    public static Command Create()
    {
        var folder = new Argument<string>("dir") { Description = "A folder: new or empty." };
        var rpc = Rpc();
        var container = StoreContainer.Option();
        var program = EmbeddedProgram.Option();
        return Commands.Make(
            "backup", "Copies the running store into a folder, the embedded store's own way or InfluxDB's (influxd backup -portable), and counts the copy.", [folder, rpc, container, program],
            async (r, c, t) =>
            {
                var (config, influxd) = await Influxd.FindAsync(c, r.GetRequiredValue(rpc), r.GetValue(container), t).ConfigureAwait(false);
                return await RunAsync(config, Path.GetFullPath(r.GetRequiredValue(folder)), influxd, r.GetValue(program), t).ConfigureAwait(false);
            });
    }

    /// <summary>Where InfluxDB takes backups.</summary>
    public static Option<int> Rpc() => new("--rpc-port") { Description = "InfluxDB's port for backups (its bind-address); not the embedded store's.", DefaultValueFactory = _ => 8088 };

    /// <summary>The store as its admin.</summary>
    public static InfluxClient Client(IntegrationConfig config) => new(new InfluxOptions
    {
        Url = new Uri(config.InfluxDb.Url), Database = config.InfluxDb.Database, Username = config.InfluxDb.AdminUsername, Password = config.InfluxDb.AdminPassword,
        Timeout = TimeSpan.FromMinutes(5),
    });

    private static async Task<int> RunAsync(IntegrationConfig config, string folder, Influxd influxd, string? storeProgram, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            await Console.Error.WriteLineAsync($"{folder} is not empty; name a new folder: nothing is overwritten.").ConfigureAwait(false);
            return 2;
        }

        Directory.CreateDirectory(folder);
        var program = await CopyEmbeddedAsync(config, folder, storeProgram, cancellationToken).ConfigureAwait(false);
        if (program is null)
            await influxd.BackupAsync(config.InfluxDb.Database, folder, cancellationToken).ConfigureAwait(false);

        // The copy is counted, not the store: that goes on being written to.
        await Console.Error.WriteLineAsync("Counting what it holds:").ConfigureAwait(false);
        var inventory = program is null
            ? await InfluxCopy.CountAsync(config, influxd, folder, Inventory.All, cancellationToken).ConfigureAwait(false)
            : await CountEmbeddedAsync(program, config, folder, cancellationToken).ConfigureAwait(false);
        await inventory.WriteAsync(folder, cancellationToken).ConfigureAwait(false);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {inventory.Entries.Sum(e => e.Points):N0} points of {inventory.Entries.Count} measurements."));
        return 0;
    }

    private static async Task<Inventory> CountEmbeddedAsync(EmbeddedProgram program, IntegrationConfig config, string folder, CancellationToken cancellationToken)
    {
        var proof = Path.Combine(folder, "proof");
        try
        {
            await EmbeddedStore.RestoreAsync(program, folder, proof, cancellationToken).ConfigureAwait(false);
            return await EmbeddedStore.CountAsync(program, config, proof, Inventory.All, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (Directory.Exists(proof))
                Directory.Delete(proof, recursive: true);
        }
    }

    /// <summary>The program that can count the copy; null when the store is no embedded one.</summary>
    private static async Task<EmbeddedProgram?> CopyEmbeddedAsync(IntegrationConfig config, string folder, string? storeProgram, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(config.InfluxDb.Url), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{config.InfluxDb.AdminUsername}:{config.InfluxDb.AdminPassword}")));
        try
        {
            using var response = await http.SendAsync(new HttpRequestMessage(HttpMethod.Post, "nbpy/backup"), HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            if (!response.IsSuccessStatusCode)
                throw new IOException($"The store refused the backup ({(int)response.StatusCode}): {(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)).Trim()}");
            var program = EmbeddedProgram.Find(config, storeProgram);
            var partial = Path.Combine(folder, EmbeddedFile + ".partial");
            await using (var file = File.Create(partial))
                await response.Content.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
            File.Move(partial, Path.Combine(folder, EmbeddedFile));
            return program;
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"The store at {config.InfluxDb.Url} does not answer: {e.Message}");
        }
    }
}

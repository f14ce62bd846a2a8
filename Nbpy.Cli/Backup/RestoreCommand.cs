using System.CommandLine;
using System.Globalization;
using Nbpy.Influx;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Backup;

/// <summary><c>nbpy restore DIR</c>: puts a backup in the store's place, after it has been proved to hold what was counted when it was made.</summary>
internal static class RestoreCommand
{
    private const string StoreResource = "influxdb";

    public static Command Create()
    {
        var folder = new Argument<string>("dir") { Description = "The folder that 'nbpy backup' made." };
        var replace = new Option<bool>("--replace") { Description = "Put it in the place of what the store has; the embedded store's files are kept beside, InfluxDB's database is dropped." };
        var rpc = BackupCommand.Rpc();
        var container = StoreContainer.Option();
        var program = EmbeddedProgram.Option();
        return Commands.Make(
            "restore", "Restores a backup, and proves it: counts and checksums of every measurement are compared.", [folder, replace, rpc, container, program],
            async (r, c, t) =>
            {
                var (config, influxd) = await Influxd.FindAsync(c, r.GetRequiredValue(rpc), r.GetValue(container), t).ConfigureAwait(false);
                return await RunAsync(config, Path.GetFullPath(r.GetRequiredValue(folder)), r.GetValue(replace), influxd, r.GetValue(program), t).ConfigureAwait(false);
            });
    }

    private static async Task<int> RunAsync(IntegrationConfig config, string folder, bool replace, Influxd influxd, string? storeProgram, CancellationToken cancellationToken)
    {
        var inventory = await Inventory.ReadAsync(folder, cancellationToken).ConfigureAwait(false);
        if (inventory.Database != config.InfluxDb.Database)
            throw new IOException($"The backup is of the database '{inventory.Database}', and the configuration names '{config.InfluxDb.Database}'.");
        await inventory.CheckFilesAsync(folder, cancellationToken).ConfigureAwait(false);
        return inventory.Store == Inventory.Embedded
            ? await RestoreEmbeddedAsync(config, folder, inventory, replace, EmbeddedProgram.Find(config, storeProgram), cancellationToken).ConfigureAwait(false)
            : await RestoreInfluxAsync(config, folder, inventory, replace, influxd, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Restores beside the database, compares, and only then drops what is there and restores in its place.</summary>
    private static async Task<int> RestoreInfluxAsync(
        IntegrationConfig config, string folder, Inventory inventory, bool replace, Influxd influxd, CancellationToken cancellationToken)
    {
        using var client = BackupCommand.Client(config);
        var databases = await client.QueryAsync("SHOW DATABASES", cancellationToken).ConfigureAwait(false);
        var exists = databases.Series.SelectMany(s => s.Rows).Any(r => r[0].GetString() == inventory.Database);
        if (exists && !replace)
            return Refuse($"The store has a database '{inventory.Database}' already");
        await Console.Error.WriteLineAsync("Counting what the backup holds:").ConfigureAwait(false);
        if (Report(inventory, await InfluxCopy.CountAsync(config, influxd, folder, inventory.UntilNs, cancellationToken).ConfigureAwait(false)) is var failed and not 0)
        {
            await Console.Error.WriteLineAsync("Nothing was changed.").ConfigureAwait(false);
            return failed;
        }

        if (exists)
            await InfluxCopy.DropAsync(client, cancellationToken).ConfigureAwait(false);
        await Console.Error.WriteLineAsync("Counting what was restored:").ConfigureAwait(false);
        var restored = await InfluxCopy.RestoreAsync(config, influxd, folder, inventory.UntilNs, cancellationToken).ConfigureAwait(false);
        failed = Report(inventory, restored, Console.Error.WriteLine);

        // Its grants went with the database, and a backup has neither them nor continuous queries.
        await Console.Error.WriteLineAsync("Setting up accounts and downsampling, which InfluxDB's backups do not hold:").ConfigureAwait(false);
        await Retention.RetentionCommands.CreateAsync(client, config, json: false, cancellationToken).ConfigureAwait(false);
        return failed;
    }

    /// <summary>Unpacks beside the data, starts a store of its own on it, compares, and only then changes places.</summary>
    private static async Task<int> RestoreEmbeddedAsync(
        IntegrationConfig config, string folder, Inventory inventory, bool replace, EmbeddedProgram program, CancellationToken cancellationToken)
    {
        var data = Path.Combine(config.System.DataDir, "influxdb");
        var exists = Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any();
        if (exists && !replace)
            return Refuse($"{data} holds a store already");
        using var host = new ControlClient(config);
        var runs = await host.StatusAsync(cancellationToken).ConfigureAwait(false) is not null;
        if (!runs)
            CheckUnused(data);
        var restored = data + ".restored";
        if (Directory.Exists(restored))
            Directory.Delete(restored, recursive: true);
        await EmbeddedStore.RestoreAsync(program, folder, restored, cancellationToken).ConfigureAwait(false);
        await Console.Error.WriteLineAsync("Counting what was restored:").ConfigureAwait(false);
        if (Report(inventory, await EmbeddedStore.CountAsync(program, config, restored, inventory.UntilNs, cancellationToken).ConfigureAwait(false)) is var failed and not 0)
            return failed;

        if (runs)
            await CommandAsync(host, "stop", cancellationToken).ConfigureAwait(false);
        try
        {
            CheckUnused(data);
            Exchange(data, restored, exists);
        }
        finally
        {
            if (runs)
                await CommandAsync(host, "start", CancellationToken.None).ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>Whoever has the data open would go on in the folder that is put aside, and all it acknowledges with it.</summary>
    /// <exception cref="IOException">Somebody has.</exception>
    private static void CheckUnused(string data)
    {
        var path = Path.Combine(data, "lock");
        if (!File.Exists(path))
            return;
        try
        {
            using var unused = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"A store that no host of this configuration runs has {data} open: stop it, restore, and start it again. Nothing was changed.", e);
        }
    }

    private static void Exchange(string data, string restored, bool exists)
    {
        if (exists)
        {
            var aside = string.Create(CultureInfo.InvariantCulture, $"{data}.before-{DateTime.UtcNow:yyyyMMdd'T'HHmmss}");
            Directory.Move(data, aside);
            Console.WriteLine($"What was there is in {aside}.");
        }
        else if (Directory.Exists(data))
        {
            Directory.Delete(data);
        }

        Directory.Move(restored, data);
    }

    private static async Task CommandAsync(ControlClient host, string command, CancellationToken cancellationToken)
    {
        var (success, message) = await host.CommandAsync(StoreResource, command, cancellationToken).ConfigureAwait(false);
        if (!success)
            throw new IOException($"The store could not be told to {command}: {message}");
    }

    private static int Refuse(string what)
    {
        Console.Error.WriteLine($"{what}; say --replace to put the backup in its place.");
        return 1;
    }

    private static int Report(Inventory expected, Inventory restored, Action<string>? more = null)
    {
        var differences = expected.Differences(restored, more);
        foreach (var difference in differences)
            Console.Error.WriteLine($"✗ {difference}");
        if (differences.Count == 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"✓ restored and compared: {expected.Entries.Sum(e => e.Points):N0} points of {expected.Entries.Count} measurements"));
        return differences.Count == 0 ? 0 : 1;
    }
}

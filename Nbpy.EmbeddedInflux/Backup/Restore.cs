namespace Nbpy.EmbeddedInflux.Backup;

/// <summary>Makes a data directory of a backup.</summary>
internal static class Restore
{
    /// <summary>The name of the archive inside a directory given as <c>--from</c>.</summary>
    public const string ArchiveName = "embedded-influx.tar";

    /// <summary>Unpacks and checks beside the target first: a bad backup leaves everything as it was.</summary>
    /// <param name="from">The archive, or a directory that holds it as <see cref="ArchiveName"/>.</param>
    /// <param name="data">The data directory; must be missing or empty.</param>
    /// <param name="cancellationToken">Stops it; the target is untouched then.</param>
    public static async Task<BackupManifest> RunAsync(string from, string data, CancellationToken cancellationToken)
    {
        var archive = Directory.Exists(from) ? Path.Combine(from, ArchiveName) : from;
        if (Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any())
            throw new IOException($"{data} is not empty; a backup is restored into a new directory, so move this one away first");
        var draft = data.TrimEnd(Path.DirectorySeparatorChar) + ".restoring";
        if (Directory.Exists(draft))
            Directory.Delete(draft, true);
        Directory.CreateDirectory(draft);
        try
        {
            BackupManifest manifest;
            await using (var stream = File.OpenRead(archive))
                manifest = await BackupArchive.ExtractAsync(stream, draft, cancellationToken).ConfigureAwait(false);
            if (Directory.Exists(data))
                Directory.Delete(data);
            Directory.Move(draft, data);
            return manifest;
        }
        catch
        {
            Directory.Delete(draft, true);
            throw;
        }
    }
}

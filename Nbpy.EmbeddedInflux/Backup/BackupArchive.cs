using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.Backup;

/// <summary>A backup as a tar archive: the files of a snapshot, then a manifest that proves they are all there.</summary>
internal static class BackupArchive
{
    /// <summary>Writes the files of <paramref name="directory"/>.</summary>
    public static async Task WriteAsync(string directory, DateTimeOffset taken, Stream output, CancellationToken cancellationToken)
    {
        await using var tar = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
        var files = new List<BackupFile>();
        foreach (var path in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal))
        {
            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 17, useAsync: true);
            var hash = await SHA256.HashDataAsync(content, cancellationToken).ConfigureAwait(false);
            content.Position = 0;
            files.Add(new BackupFile(Path.GetFileName(path), content.Length, Convert.ToHexStringLower(hash)));
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, Path.GetFileName(path)) { DataStream = content }, cancellationToken)
                .ConfigureAwait(false);
        }

        using var manifest = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(new BackupManifest(BackupManifest.CurrentFormat, taken, files), MetaJson.Default.BackupManifest));
        await tar.WriteEntryAsync(
            new PaxTarEntry(TarEntryType.RegularFile, BackupManifest.FileName) { DataStream = manifest }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Unpacks an archive into an empty directory and checks every file against the manifest.</summary>
    /// <exception cref="InvalidDataException">It is not a whole backup; the message says what is wrong.</exception>
    public static async Task<BackupManifest> ExtractAsync(Stream archive, string directory, CancellationToken cancellationToken)
    {
        BackupManifest? manifest = null;
        try
        {
            await using var tar = new TarReader(archive);
            while (await tar.GetNextEntryAsync(cancellationToken: cancellationToken).ConfigureAwait(false) is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || Path.GetFileName(entry.Name) != entry.Name || entry.Name is "" or "." or "..")
                    throw new InvalidDataException($"the backup holds {entry.Name}, which is not a file of a backup");
                if (entry.Name == BackupManifest.FileName)
                    manifest = await JsonSerializer.DeserializeAsync(entry.DataStream!, MetaJson.Default.BackupManifest, cancellationToken).ConfigureAwait(false);
                else
                    await entry.ExtractToFileAsync(Path.Combine(directory, entry.Name), overwrite: false, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is EndOfStreamException or JsonException)
        {
            throw new InvalidDataException("the backup is cut off: " + e.Message, e);
        }

        if (manifest is null)
            throw new InvalidDataException("the backup is cut off: its manifest is missing");
        if (manifest.Format != BackupManifest.CurrentFormat)
            throw new InvalidDataException($"the backup has format {manifest.Format}, this program reads {BackupManifest.CurrentFormat}");
        foreach (var file in manifest.Files)
            await CheckAsync(Path.Combine(directory, file.Name), file, cancellationToken).ConfigureAwait(false);
        return manifest;
    }

    private static async Task CheckAsync(string path, BackupFile file, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            throw new InvalidDataException($"the backup lacks {file.Name}");
        await using var content = File.OpenRead(path);
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken).ConfigureAwait(false));
        if (content.Length != file.Size || hash != file.Sha256)
            throw new InvalidDataException($"{file.Name} in the backup is damaged: its checksum is not the manifest's");
    }
}

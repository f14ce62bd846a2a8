namespace Nbpy.EmbeddedInflux.Backup;

/// <summary>What a backup holds: the last entry of its archive.</summary>
/// <param name="Format">Version of the layout.</param>
/// <param name="Taken">When the snapshot was made; every point acknowledged before it is in it.</param>
/// <param name="Files">The files with their sizes in bytes and SHA-256.</param>
internal sealed record BackupManifest(int Format, DateTimeOffset Taken, IReadOnlyList<BackupFile> Files)
{
    public const int CurrentFormat = 1;

    /// <summary>The manifest's own name in the archive.</summary>
    public const string FileName = "manifest.json";
}

/// <summary>A file of a backup.</summary>
internal sealed record BackupFile(string Name, long Size, string Sha256);

namespace Nbpy.EmbeddedInflux.Storage;

public sealed partial class Store
{
    private const string SnapshotPrefix = "snapshot-";
    private readonly SemaphoreSlim _snapshots = new(1, 1);

    /// <summary>Copies everything stored into a directory of its own, hands it to <paramref name="use"/> and deletes it. Writers go on
    /// meanwhile; what was acknowledged before is in it. One at a time.</summary>
    /// <exception cref="InvalidOperationException">Another one is under way.</exception>
    public async Task SnapshotAsync(Func<string, Task> use, CancellationToken cancellationToken)
    {
        if (!await _snapshots.WaitAsync(0, cancellationToken).ConfigureAwait(false))
            throw new InvalidOperationException("a backup is under way; only one runs at a time");
        var directory = Path.Combine(_options.DataDirectory, $"{SnapshotPrefix}{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(directory);
            await CopyAsync(directory, cancellationToken).ConfigureAwait(false);
            await use(directory).ConfigureAwait(false);
        }
        finally
        {
            if (Directory.Exists(directory))
                Directory.Delete(directory, true);
            _snapshots.Release();
        }
    }

    // Nothing writes to DuckDB while the gate is held: its file and its own log are one state, whether or not it could be checkpointed.
    private async Task CopyAsync(string directory, CancellationToken cancellationToken)
    {
        await _duck.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            FlushHoldingDuck();
            _file.Execute("CHECKPOINT");
            foreach (var name in (string[])[PointsFile, PointsFile + ".wal", MetaFile])
            {
                var source = Path.Combine(_options.DataDirectory, name);
                if (File.Exists(source))
                    File.Copy(source, Path.Combine(directory, name));
            }
        }
        finally
        {
            _duck.Release();
        }
    }

    // What a crash in the middle of a backup left.
    private void RemoveOldSnapshots()
    {
        foreach (var directory in Directory.EnumerateDirectories(_options.DataDirectory, SnapshotPrefix + "*"))
            Directory.Delete(directory, true);
    }
}

using System.Collections.Concurrent;
using DuckDB.NET.Data;

namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>The data directory cannot be used; the message says why.</summary>
public sealed class StoreUnavailableException(string message) : Exception(message);

/// <summary>Points and catalog over one DuckDB file. A write goes to the write-ahead log and to memory; batches go from memory to
/// DuckDB every few seconds, at a number of points, and before any read. Split by concern: catalog, writing, flushing, retention.</summary>
/// <remarks>Three locks, always taken in this order: <c>_changes</c> for whoever changes the catalog, <c>_duck</c> for whoever changes DuckDB,
/// <c>_gate</c> for memory and log.</remarks>
public sealed partial class Store : IStore, IDisposable
{
    /// <summary>The file of users and continuous queries in the data directory.</summary>
    public const string MetaFile = "meta.json";

    private const string PointsFile = "points.duckdb";
    private readonly StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _changes = new();
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _duck = new(1, 1);
    private readonly SemaphoreSlim _reads;
    private readonly ConcurrentBag<DuckDBConnection> _idle = [];
    private readonly FileStream _lockFile;
    private readonly DuckFile _file;
    private readonly WriteAheadLog _wal;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _background;
    private bool _disposed;

    public Store(StoreOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _reads = new SemaphoreSlim(options.ConcurrentReads, options.ConcurrentReads);
        try
        {
            Directory.CreateDirectory(options.DataDirectory);
            _lockFile = new FileStream(Path.Combine(options.DataDirectory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreUnavailableException($"data directory {options.DataDirectory}: {e.Message}");
        }
        catch (IOException) when (Directory.Exists(options.DataDirectory))
        {
            throw new StoreUnavailableException($"data directory {options.DataDirectory} is in use by another instance");
        }
        catch (IOException e)
        {
            throw new StoreUnavailableException($"data directory {options.DataDirectory}: {e.Message}");
        }

        try
        {
            RemoveOldSnapshots();
            _file = new DuckFile(Path.Combine(options.DataDirectory, PointsFile), options);
            LoadCatalog();
            _wal = WriteAheadLog.Open(Path.Combine(options.DataDirectory, "wal"), Replay);
            // The log's old segments go with the flush of what they held, for which nobody has to wait.
            if (_dirty.Count == 0 && _freshShards.Count == 0)
                _wal.Remove(_wal.Segment - 1);
        }
        catch
        {
            _wal?.Dispose();
            _file?.Dispose();
            _lockFile.Dispose();
            throw;
        }

        FlushInBackground();
        _background = Task.Run(BackgroundAsync);
    }

    /// <inheritdoc/>
    public async Task<T> ReadAsync<T>(Func<DuckDBConnection, Task<T>> query, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await _reads.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_idle.TryTake(out var connection))
                connection = _file.Connect();
            try
            {
                var result = await query(connection).ConfigureAwait(false);
                _idle.Add(connection);
                return result;
            }
            catch
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        finally
        {
            _reads.Release();
        }
    }

    /// <summary>Flushes, checkpoints and closes. Points acknowledged so far are in DuckDB afterwards, or in the log if DuckDB fails.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _stopping.Cancel();
        _background.GetAwaiter().GetResult();
        _duck.Wait();
        try
        {
            FlushHoldingDuck();
            SaveTimes();
            foreach (var connection in _idle)
                connection.Dispose();
            _file.Execute("CHECKPOINT");
        }
        catch (Exception e) when (e is DuckDBException or IOException)
        {
            // The log keeps what DuckDB did not take; the next start replays it.
        }

        _wal.Dispose();
        _file.Dispose();
        _lockFile.Dispose();
        _stopping.Dispose();
        _reads.Dispose();
        _snapshots.Dispose();
    }

    private async Task BackgroundAsync()
    {
        using var timer = new PeriodicTimer(_options.SyncInterval, _time);
        var flushed = _time.GetTimestamp();
        var retained = _time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
            {
                try
                {
                    _wal.Sync();
                    if (_time.GetElapsedTime(flushed) >= _options.FlushInterval)
                    {
                        await FlushAsync(_stopping.Token).ConfigureAwait(false);
                        flushed = _time.GetTimestamp();
                        TrimWhenQuiet();
                    }

                    await DropSomeAsync(_stopping.Token).ConfigureAwait(false);
                    if (_options.EnforceRetention && _time.GetElapsedTime(retained) >= _options.RetentionInterval)
                    {
                        await EnforceRetentionAsync(_stopping.Token).ConfigureAwait(false);
                        retained = _time.GetTimestamp();
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    await Console.Error.WriteLineAsync($"store: {e.Message}; retrying").ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private long NowNanoseconds() => (_time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) * 100;
}

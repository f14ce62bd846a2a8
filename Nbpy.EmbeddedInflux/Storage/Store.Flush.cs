using Microsoft.Win32.SafeHandles;

namespace Nbpy.EmbeddedInflux.Storage;

public sealed partial class Store
{
    private readonly Queue<FlushBatch> _frozen = [];
    private int _waiting;
    private int _flushStarted;
    private long _sinceTrim;
    private long _lastSeen;

    /// <summary>Moves what waits in memory to DuckDB; returns at once when nothing does.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _waiting) == 0)
            return;
        await _duck.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            FlushHoldingDuck();
        }
        finally
        {
            _duck.Release();
        }
    }

    /// <summary>A batch that fails stays queued with its log segment and goes first next time.</summary>
    private void FlushHoldingDuck()
    {
        Freeze();
        while (_frozen.TryPeek(out var batch))
        {
            foreach (var table in batch.Tables)
                _file.EnsureColumns(table.Table, table.Tags, table.Fields);
            _file.InTransaction(() =>
            {
                SaveShards(batch.Shards);
                foreach (var table in batch.Tables)
                {
                    if (table.Fresh is not null)
                        _file.Append(table.Fresh, table.Fields);
                    if (table.Upserts is not null)
                        _file.Upsert(table.Upserts, table.Tags, table.Fields);
                }
            });
            _frozen.Dequeue();
            Interlocked.Add(ref _waiting, -batch.Points);
            Interlocked.Add(ref _sinceTrim, batch.Points);
            _wal.Remove(batch.Segment);
            foreach (var table in batch.Tables)
            {
                table.Fresh?.Clear();
                lock (_gate)
                    table.Table.Spare = table.Fresh;
            }
        }
    }

    /// <summary>Gives memory back once a rush of points is over: buffers and heap grew with it. Called every few seconds.</summary>
    private void TrimWhenQuiet()
    {
        var seen = Interlocked.Read(ref _sinceTrim);
        var quiet = seen - _lastSeen < _options.FlushPoints / 5;
        _lastSeen = seen;
        if (!quiet || seen < _options.FlushPoints * 2L)
            return;
        lock (_gate)
        {
            foreach (var table in _databases.Values.SelectMany(d => d.Policies.Values).SelectMany(p => p.Tables.Values))
                table.Spare = null;
        }

        Interlocked.Add(ref _sinceTrim, -seen);
        _lastSeen = 0;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private void Freeze()
    {
        SafeFileHandle closed;
        lock (_gate)
        {
            var pending = _dirty;
            if (pending.Count == 0 && _freshShards.Count == 0)
                return;
            (var segment, closed) = _wal.Rotate();
            _dirty = [];
            var tables = pending.ConvertAll(t => new FlushTable(t, [.. t.Tags], [.. t.Fields], t.Fresh, t.Upserts));
            foreach (var table in pending)
                table.Fresh = table.Upserts = null;
            _frozen.Enqueue(new FlushBatch(segment, tables, tables.Sum(t => (t.Fresh?.Count ?? 0) + (t.Upserts?.Count ?? 0)), _freshShards));
            _freshShards = [];
        }

        using (closed)
            RandomAccess.FlushToDisk(closed);
    }

    /// <summary>Starts a flush beside the writers, once.</summary>
    private void FlushInBackground()
    {
        if (Interlocked.Exchange(ref _flushStarted, 1) == 1)
            return;
        _ = Task.Run(async () =>
        {
            try
            {
                await FlushAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The timer tries again and reports.
            }
            finally
            {
                Volatile.Write(ref _flushStarted, 0);
            }
        });
    }

    private sealed record FlushBatch(
        long Segment, List<FlushTable> Tables, int Points, List<(string Database, string Policy, ShardSpan Span)> Shards);

    private sealed record FlushTable(
        MeasurementTable Table, string[] Tags, (string Name, FieldType Type)[] Fields, PointBuffer? Fresh, PointBuffer? Upserts);
}

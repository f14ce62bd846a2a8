using Microsoft.Win32.SafeHandles;

namespace Nbpy.EmbeddedInflux.Storage;

public sealed partial class Store
{
    /// <summary>Columns that get points between two checkpoints, over all tables: until a checkpoint DuckDB holds at least 16 KiB of memory for each, and
    /// it does not start one by itself for the little that they log.</summary>
    private const int ColumnsAtOnce = 16_000;

    private const int TablesAtOnce = 1_000;

    /// <summary>How many new columns one counts for that has points in the file: DuckDB takes a page of 256 KiB for more of them, which it can move to the disk.</summary>
    private const int StoredColumn = 8;

    /// <summary>Tables of a batch whose buffers are kept for the next; with more they would be most of the memory.</summary>
    private const int TablesWithSpare = 1_000;

    private readonly Queue<FlushBatch> _frozen = [];
    private int _waiting;
    private int _flushStarted;
    private long _sinceTrim;
    private long _lastSeen;
    private int _checkpoint = 1;
    private int _columnsSince;

    /// <summary>Moves what waits in memory to DuckDB; returns at once when nothing does.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _waiting) == 0 && !Volatile.Read(ref _tagsWait))
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
            if (batch.Tables.Count == 0)
                _file.InTransaction(() => SaveShards(batch.Shards));
            while (batch.Flushed < batch.Tables.Count)
                FlushSome(batch);
            CheckpointWhenFull();
            _frozen.Dequeue();
            Interlocked.Add(ref _waiting, -batch.Points);
            Interlocked.Add(ref _sinceTrim, batch.Points);
            _wal.Remove(batch.Segment);
        }
    }

    /// <summary>The batch's next tables, in one transaction; what is in is not taken again when a later one fails.</summary>
    private void FlushSome(FlushBatch batch)
    {
        CheckpointWhenFull();
        var tables = Next(batch, out var next);
        _file.EnsureColumns(tables.Select(t => (t.Table, t.Tags, t.Fields)));
        _file.InTransaction(() =>
        {
            if (batch.Flushed == 0)
                SaveShards(batch.Shards);
            ForgetTimes(tables.Select(t => t.Table));
            foreach (var table in tables)
            {
                if (table.Fresh is not null)
                    _file.Append(table.Fresh, table.Fields);
                if (table.Upserts is not null)
                    _file.Upsert(table.Upserts, table.Tags, table.Fields);
            }
        });
        batch.Flushed = next;
        foreach (var table in tables)
        {
            table.Table.HasSavedTimes = false;
            if (batch.Tables.Count > TablesWithSpare)
                continue;
            table.Fresh?.Clear();
            lock (_gate)
                table.Table.Spare = table.Fresh;
        }
    }

    /// <summary>The batch's next tables: as many as fit into memory with those that got points since the last checkpoint, and as take no longer than a
    /// moment. Without those that are dropped meanwhile.</summary>
    private List<FlushTable> Next(FlushBatch batch, out int next)
    {
        var tables = new List<FlushTable>();
        var inTransaction = 0;
        for (next = batch.Flushed; next < batch.Tables.Count && tables.Count < TablesAtOnce; next++)
        {
            var table = batch.Tables[next];
            if (table.Table.IsGone)
                continue;
            if (tables.Count > 0 && _columnsSince + inTransaction >= ColumnsAtOnce)
                break;
            var columns = 1 + table.Tags.Length + table.Fields.Length;
            // A merge has a table of its own and changes the other.
            inTransaction += table.Upserts is null ? columns : 3 * columns;
            if (table.Table.Checkpoint != _checkpoint)
                _columnsSince += table.Table.Checkpoint == 0 ? columns : StoredColumn * columns;
            table.Table.Checkpoint = _checkpoint;
            tables.Add(table);
        }

        return tables;
    }

    private void CheckpointWhenFull()
    {
        if (_columnsSince < ColumnsAtOnce / 4 * 3)
            return;
        _file.Execute("CHECKPOINT");
        _checkpoint++;
        _columnsSince = 0;
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

        _parsers.Clear();
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
            // The log may hold points of what is dropped by now, and must not bring them back.
            if (pending.Count == 0 && _freshShards.Count == 0 && _wal.Length == 0)
                return;
            (var segment, closed) = _wal.Rotate();
            _dirty = [];
            Volatile.Write(ref _tagsWait, false);
            var tables = pending.ConvertAll(t => new FlushTable(t, [.. t.Tags], [.. t.Fields], t.Fresh, t.Upserts));
            foreach (var table in pending)
            {
                table.Fresh = table.Upserts = null;
                table.IsDirty = false;
            }

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
        long Segment, List<FlushTable> Tables, int Points, List<(string Database, string Policy, ShardSpan Span)> Shards)
    {
        /// <summary>How many of the tables are in DuckDB.</summary>
        public int Flushed { get; set; }
    }

    private sealed record FlushTable(
        MeasurementTable Table, string[] Tags, (string Name, FieldType Type)[] Fields, PointBuffer? Fresh, PointBuffer? Upserts);
}

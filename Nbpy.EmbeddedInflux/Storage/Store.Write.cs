using System.Collections.Concurrent;
using System.Text;
using DuckDB.NET.Data;
using Nbpy.EmbeddedInflux.Storage.LineProtocol;

namespace Nbpy.EmbeddedInflux.Storage;

public sealed partial class Store
{
    private readonly ConcurrentBag<ParsedLines> _parsers = [];
    private List<MeasurementTable> _dirty = [];
    private bool _tagsWait;
    private long _requests;
    private int[] _fieldPositions = new int[16];

    /// <inheritdoc/>
    public Task WriteAsync(string database, string? policy, ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
        => WriteAsync(database, policy, lines, 1, cancellationToken);

    /// <summary>Writes a request's lines: logged, then in memory, then this returns.</summary>
    /// <param name="database">The database; must exist.</param>
    /// <param name="policy">The retention policy; null or empty: the default one.</param>
    /// <param name="lines">Line protocol.</param>
    /// <param name="unit">Nanoseconds per unit of the written times.</param>
    /// <param name="cancellationToken">Stops the wait for a flush.</param>
    /// <exception cref="WriteException">Something was refused; good points are stored all the same.</exception>
    public async Task WriteAsync(
        string database, string? policy, ReadOnlyMemory<byte> lines, long unit, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _waiting) >= 4 * _options.FlushPoints || _wal.Length >= _options.MaxWalBytes)
        {
            try
            {
                // Not on the caller's thread, which may be the one that polls the sockets.
                await Task.Run(() => FlushAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is DuckDBException or IOException)
            {
                throw new WriteException(500, "engine: " + e.Message);
            }
        }

        var outcome = Write(database, policy, lines, unit);
        if (Volatile.Read(ref _waiting) >= _options.FlushPoints)
            FlushInBackground();
        outcome.ThrowIfAnyRefused();
    }

    private WriteOutcome Write(string database, string? policy, ReadOnlyMemory<byte> lines, long unit)
    {
        if (!_parsers.TryTake(out var parsed))
            parsed = new ParsedLines();
        try
        {
            parsed.Next(lines.Span, unit);
            lock (_gate)
            {
                if (!_databases.TryGetValue(database, out var db))
                    throw new WriteException(404, $"database not found: \"{database}\"");
                var tables = string.IsNullOrEmpty(policy) ? db.DefaultPolicy : db.Policies.GetValueOrDefault(policy);
                if (tables is null)
                    throw new WriteException(500, $"retention policy not found: {policy}");
                if (lines.IsEmpty)
                    return new WriteOutcome();
                var record = new WalRecord(database, tables.Policy.Name, unit, NowNanoseconds(), lines);
                try
                {
                    _wal.Append(record);
                }
                catch (IOException e)
                {
                    throw new WriteException(500, "engine: error writing WAL entry: " + e.Message);
                }

                return Apply(db, tables, record, parsed);
            }
        }
        finally
        {
            parsed.Reset();
            _parsers.Add(parsed);
        }
    }

    private void Replay(WalRecord record)
    {
        if (!_databases.TryGetValue(record.Database, out var db) || !db.Policies.TryGetValue(record.Policy, out var tables))
            return;
        var parsed = new ParsedLines();
        parsed.Next(record.Lines.Span, record.Unit);
        Apply(db, tables, record, parsed);
    }

    /// <param name="db">The database.</param>
    /// <param name="tables">The retention policy.</param>
    /// <param name="record">The request.</param>
    /// <param name="parsed">Its first lines; the others are parsed here.</param>
    private WriteOutcome Apply(Database db, PolicyTables tables, in WalRecord record, ParsedLines parsed)
    {
        _requests++;
        var outcome = new WriteOutcome();
        var body = record.Lines.Span;
        var duration = tables.Policy.Duration.Ticks * 100;
        var oldest = duration > 0 ? record.Now - duration : long.MinValue;
        var seriesByKey = tables.SeriesByRawKey.GetAlternateLookup<ReadOnlySpan<byte>>();
        do
        {
            foreach (ref readonly var at in parsed.Lines)
            {
                var line = body.Slice(at.Start, at.Length);
                var key = line[..at.KeyLength];
                var error = at.Error;
                Series? series = null;
                if (error is null && !seriesByKey.TryGetValue(key, out series))
                    series = NewSeries(db, tables, key, ref error, outcome);
                if (error is not null)
                {
                    outcome.Unparsed(line, error);
                    continue;
                }

                outcome.Parsed();
                if (series is null)
                    continue;
                var time = at.HasTime ? at.Time : record.Now / record.Unit * record.Unit;
                if (time < oldest)
                    outcome.Expired();
                else
                {
                    NoteShard(db, tables, time);
                    Apply(db, series, line, parsed.Fields(at), time, outcome);
                }
            }
        }
        while (parsed.Next(body, record.Unit));
        return outcome;
    }

    private void Apply(
        Database db, Series series, ReadOnlySpan<byte> line, ReadOnlySpan<ParsedField> fields, long time, WriteOutcome outcome)
    {
        var table = series.Table;
        if (_fieldPositions.Length < fields.Length)
            _fieldPositions = new int[fields.Length];
        var valid = 0;
        for (var i = 0; i < fields.Length; i++)
        {
            ref readonly var field = ref fields[i];
            var rawKey = line.Slice(field.KeyStart, field.KeyLength);
            if (!table.TryGetField(i, rawKey, out var position))
                position = FindField(db, table, rawKey, field.Type);
            _fieldPositions[i] = position;
            if (position == TimeField)
                continue;
            valid++;
            var type = position >= 0 ? table.Fields[position].Type : field.Type;
            if (position == OtherType || type != field.Type)
            {
                outcome.Conflict(db, table, ParsedPoint.Unescape(rawKey, FieldEscapes), field.Type);
                return;
            }
        }

        if (valid == 0)
        {
            outcome.Refused($"invalid field name: input field \"time\" on measurement \"{table.Name}\" is invalid");
            return;
        }

        var buffer = Buffer(table, series.IsNew(time, _requests));
        var row = buffer.AddRow(series, time);
        if (series.NotedIn != table.Known)
            (series.NotedIn = table.Known).Add(series.Tags);
        Interlocked.Increment(ref _waiting);
        for (var i = 0; i < fields.Length; i++)
        {
            ref readonly var field = ref fields[i];
            var position = _fieldPositions[i];
            if (position == NewField)
                position = AddField(db, table, line.Slice(field.KeyStart, field.KeyLength), field.Type);
            if (position >= 0)
                buffer.Set(row, position, field.Bits, field.Text);
        }

        table.MinTime = Math.Min(table.MinTime, time);
        table.MaxTime = Math.Max(table.MaxTime, time);
    }

    private PointBuffer Buffer(MeasurementTable table, bool fresh)
    {
        MarkDirty(table);
        if (fresh && table.Fresh is null)
            (table.Fresh, table.Spare) = (table.Spare ?? new PointBuffer(table), null);
        return fresh ? table.Fresh! : table.Upserts ??= new PointBuffer(table);
    }

    private void MarkDirty(MeasurementTable table)
    {
        if (table.IsDirty)
            return;
        table.IsDirty = true;
        _dirty.Add(table);
    }

    private const int NewField = -1;
    private const int OtherType = -2;
    private const int TimeField = -3;

    private static ReadOnlySpan<byte> FieldEscapes => ",\"= "u8;

    private static int FindField(Database db, MeasurementTable table, ReadOnlySpan<byte> rawKey, FieldType type)
    {
        var name = ParsedPoint.Unescape(rawKey, FieldEscapes);
        if (name == "time")
            return TimeField;
        if (db.FieldTypes[table.Name].TryGetValue(name, out var existing) && existing != type)
            return OtherType;
        var position = table.Fields.FindIndex(f => f.Name == name);
        if (position >= 0)
            table.FieldsByRawKey.TryAdd(rawKey.ToArray(), position);
        return position;
    }

    private static int AddField(Database db, MeasurementTable table, ReadOnlySpan<byte> rawKey, FieldType type)
    {
        // The same new field may stand twice in one line.
        var position = FindField(db, table, rawKey, type);
        if (position != NewField)
            return position;
        var name = ParsedPoint.Unescape(rawKey, FieldEscapes);
        db.FieldTypes[table.Name][name] = type;
        table.Fields.Add((name, type));
        table.FieldsByRawKey.Add(rawKey.ToArray(), table.Fields.Count - 1);
        return table.Fields.Count - 1;
    }

    private Series? NewSeries(Database db, PolicyTables tables, ReadOnlySpan<byte> rawKey, ref string? error, WriteOutcome outcome)
    {
        var parts = SplitKey(rawKey);
        var measurement = ParsedPoint.Unescape(rawKey[parts[0]], ", "u8);
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 1; i < parts.Count; i += 2)
        {
            if (!tags.TryAdd(ParsedPoint.Unescape(rawKey[parts[i]], ",= "u8), ParsedPoint.Unescape(rawKey[parts[i + 1]], ",= "u8)))
            {
                error = "duplicate tags";
                return null;
            }
        }

        if (tags.ContainsKey("time"))
        {
            outcome.Refused($"invalid tag key: input tag \"time\" on measurement \"{measurement}\" is invalid");
            return null;
        }

        var canonical = string.Join('\u0001', tags.Select(t => t.Key + '\u0002' + t.Value).Prepend(measurement));
        if (!tables.SeriesByCanonicalKey.TryGetValue(canonical, out var series))
        {
            if (!tables.Tables.TryGetValue(measurement, out var table))
            {
                table = new MeasurementTable(++_lastTableId, db.Name, tables.Policy.Name, measurement);
                tables.Tables.Add(measurement, table);
                db.FieldTypes.TryAdd(measurement, []);
            }

            var known = table.Tags.Count;
            foreach (var tag in tags.Keys)
                table.Tag(tag);
            if (table.Tags.Count > known)
            {
                // The point may yet be refused, and its tags are known all the same, as in InfluxDB: they need their columns.
                MarkDirty(table);
                Volatile.Write(ref _tagsWait, true);
            }

            var values = new string?[table.Tags.Count];
            foreach (var (tag, value) in tags)
                values[table.Tag(tag)] = value;
            series = new Series(canonical, table, values);
        }

        tables.Remember(rawKey, series);
        tables.SeriesByCanonicalKey[canonical] = series;
        return series;
    }

    /// <summary>Measurement, then tag keys and values in turn.</summary>
    private static List<Range> SplitKey(ReadOnlySpan<byte> key)
    {
        var parts = new List<Range>();
        var start = 0;
        for (var i = 1; i < key.Length; i++)
        {
            var inTagKey = (parts.Count & 1) == 1;
            if (key[i - 1] == '\\' || key[i] != (inTagKey ? '=' : ','))
                continue;
            parts.Add(start..i);
            start = i + 1;
        }

        parts.Add(start..key.Length);
        return parts;
    }

    /// <summary>What a request's refused lines add up to, in influxd's words.</summary>
    private sealed class WriteOutcome
    {
        private StringBuilder? _unparsed;
        private string? _reason;
        private int _dropped;
        private int _expired;
        private int _parsed;

        public void Unparsed(ReadOnlySpan<byte> line, string error)
        {
            _unparsed = _unparsed is null ? new StringBuilder() : _unparsed.Append('\n');
            _unparsed.Append("unable to parse '").Append(Encoding.UTF8.GetString(line)).Append("': ").Append(error);
        }

        public void Expired() => _expired++;

        public void Conflict(Database db, MeasurementTable table, string field, FieldType type)
        {
            if (!db.FieldTypes[table.Name].TryGetValue(field, out var existing))
                existing = type;
            Refused($"field type conflict: input field \"{field}\" on measurement \"{table.Name}\" is type {Word(type)}, already exists as type {Word(existing)}");
        }

        public void Refused(string reason)
        {
            _reason ??= reason;
            _dropped++;
        }

        public void Parsed() => _parsed++;

        public void ThrowIfAnyRefused()
        {
            if (_dropped > 0)
                throw new WriteException(400, $"partial write: {_reason} dropped={_dropped}");
            if (_expired > 0)
                throw new WriteException(400, $"partial write: points beyond retention policy dropped={_expired}");
            if (_unparsed is not null)
                throw new WriteException(400, _parsed > 0 ? $"partial write: {_unparsed} dropped=0" : _unparsed.ToString());
        }

        private static string Word(FieldType type) => type switch
        {
            FieldType.Float => "float",
            FieldType.Integer => "integer",
            FieldType.Boolean => "boolean",
            _ => "string",
        };
    }
}

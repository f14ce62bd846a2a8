using System.Text.Json;
using Nbpy.Influx;
using Parquet;
using Parquet.Schema;

namespace Nbpy.Cli.Export;

/// <summary>Points as an Apache Parquet file, Snappy-compressed: <c>time</c> (INT64, ns since the Unix epoch, for no timestamp type of
/// every reader keeps nanoseconds), a nullable string column for each tag, and a nullable column of its own type for each field.
/// Holds one row group in memory.</summary>
internal sealed class ParquetPointWriter : IPointWriter
{
    /// <summary>Points a row group.</summary>
    public const int RowsInGroup = 50_000;

    private readonly Stream output;
    private readonly DataField time = new DataField<long>("time");
    private readonly Column[] columns;
    private readonly List<long> times = new(RowsInGroup);
    private ParquetWriter? writer;

    /// <param name="output">Closed by this.</param>
    /// <param name="fieldTypes">InfluxDB's types by field.</param>
    /// <param name="tagNames">In the order of the columns.</param>
    public ParquetPointWriter(Stream output, IReadOnlyDictionary<string, string> fieldTypes, IReadOnlyList<string> tagNames)
    {
        this.output = output;
        columns =
        [
            .. tagNames.Select(name => new TextColumn(name, p => p.Tags.GetValueOrDefault(name))),
            .. fieldTypes.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => OfField(f.Key, f.Value)),
        ];
    }

    public async ValueTask BeginAsync(CancellationToken cancellationToken) => writer = await ParquetWriter.CreateAsync(
        new ParquetSchema([time, .. columns.Select(c => c.Field)]), output, new ParquetOptions { CompressionMethod = CompressionMethod.Snappy }, cancellationToken: cancellationToken)
        .ConfigureAwait(false);

    public async ValueTask WriteAsync(StoredPoint point, CancellationToken cancellationToken)
    {
        times.Add(point.TimeNs);
        foreach (var column in columns)
            column.Add(point);
        if (times.Count == RowsInGroup)
            await WriteGroupAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        if (times.Count > 0)
            await WriteGroupAsync(cancellationToken).ConfigureAwait(false);
        await writer!.DisposeAsync().ConfigureAwait(false); // Writes the footer, without which the file cannot be read.
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => output.DisposeAsync();

    private async Task WriteGroupAsync(CancellationToken cancellationToken)
    {
        using var group = writer!.CreateRowGroup();
        await group.WriteAsync<long>(time, times.ToArray(), cancellationToken: cancellationToken).ConfigureAwait(false);
        foreach (var column in columns)
            await column.WriteAsync(group, cancellationToken).ConfigureAwait(false);
        group.CompleteValidate();
        times.Clear();
    }

    private static Column OfField(string name, string type) => type switch
    {
        "string" => new TextColumn(name, p => p.Fields.TryGetValue(name, out var value) ? value.GetString() : null),
        "boolean" => new ValueColumn<bool>(name, value => value.GetBoolean()),
        "integer" => new ValueColumn<long>(name, value => value.GetInt64()),
        _ => new ValueColumn<double>(name, value => value.GetDouble()),
    };

    private abstract class Column
    {
        public abstract DataField Field { get; }

        public abstract void Add(StoredPoint point);

        /// <summary>Writes what was added, and forgets it.</summary>
        public abstract Task WriteAsync(ParquetRowGroupWriter group, CancellationToken cancellationToken);
    }

    private sealed class TextColumn(string name, Func<StoredPoint, string?> read) : Column
    {
        private readonly List<string?> values = new(RowsInGroup);

        public override DataField Field { get; } = new DataField(name, typeof(string), isNullable: true);

        public override void Add(StoredPoint point) => values.Add(read(point));

        public override async Task WriteAsync(ParquetRowGroupWriter group, CancellationToken cancellationToken)
        {
            await group.WriteAsync(Field, values!).ConfigureAwait(false);
            values.Clear();
        }
    }

    private sealed class ValueColumn<T>(string name, Func<JsonElement, T> read) : Column
        where T : struct
    {
        private readonly List<T?> values = new(RowsInGroup);

        public override DataField Field { get; } = new DataField<T?>(name);

        public override void Add(StoredPoint point) => values.Add(point.Fields.TryGetValue(name, out var value) ? read(value) : null);

        public override async Task WriteAsync(ParquetRowGroupWriter group, CancellationToken cancellationToken)
        {
            await group.WriteAsync<T>(Field, values.ToArray(), cancellationToken: cancellationToken).ConfigureAwait(false);
            values.Clear();
        }
    }
}

using System.Text;
using DuckDB.NET.Native;
using Appenders = DuckDB.NET.Native.NativeMethods.Appender;
using Chunks = DuckDB.NET.Native.NativeMethods.DataChunks;
using Types = DuckDB.NET.Native.NativeMethods.LogicalType;
using Vectors = DuckDB.NET.Native.NativeMethods.Vectors;

namespace Nbpy.EmbeddedInflux.Storage;

/// <summary>Appends a buffer's points to a table of DuckDB column by column: the library's own appender takes a value at a time, which costs three
/// times as much.</summary>
internal sealed unsafe class ColumnAppender : IDisposable
{
    /// <summary>Rows of a vector of DuckDB.</summary>
    private const int ChunkRows = 2048;

    private const int StringLength = 16;
    private const int InlineLength = StringLength - sizeof(int);
    private readonly string _table;
    private readonly PointBuffer _points;
    private readonly DuckDBAppender _appender;
    private readonly DuckDBDataChunk _chunk;
    private readonly byte[] _inline = new byte[InlineLength];
    private byte[] _text = [];

    private ColumnAppender(DuckDBNativeConnection connection, string table, PointBuffer points, DuckDBType[] columns)
    {
        (_table, _points) = (table, points);
        Check(Appenders.DuckDBAppenderCreate(connection, null!, table, out _appender));
        var types = Array.ConvertAll(columns, Types.DuckDBCreateLogicalType);
        _chunk = Chunks.DuckDBCreateDataChunk(Array.ConvertAll(types, t => t.DangerousGetHandle()), (ulong)types.Length);
        foreach (var type in types)
            type.Dispose();
    }

    /// <summary>Appends all points.</summary>
    /// <param name="connection">Whose transaction they are part of.</param>
    /// <param name="table">The table's name without a schema.</param>
    /// <param name="points">The points.</param>
    /// <param name="columns">The table's columns after <c>time</c>.</param>
    /// <param name="fields">The table's fields.</param>
    /// <exception cref="IOException">DuckDB did not take them.</exception>
    public static void Append(DuckDBNativeConnection connection, string table, PointBuffer points,
        List<(bool IsTag, int Position)> columns, IReadOnlyList<(string Name, FieldType Type)> fields)
    {
        DuckDBType[] types = [DuckDBType.BigInt, .. columns.Select(c => c.IsTag ? DuckDBType.Varchar : TypeOf(fields[c.Position].Type))];
        using var appender = new ColumnAppender(connection, table, points, types);
        for (var first = 0; first < points.Count; first += ChunkRows)
            appender.AppendChunk(first, Math.Min(ChunkRows, points.Count - first), columns, types);
        appender.Check(Appenders.DuckDBAppenderClose(appender._appender));
    }

    public void Dispose()
    {
        _chunk?.Dispose();
        _appender.Dispose();
    }

    private static DuckDBType TypeOf(FieldType type) => type switch
    {
        FieldType.Float => DuckDBType.Double,
        FieldType.Integer => DuckDBType.BigInt,
        FieldType.Boolean => DuckDBType.Boolean,
        _ => DuckDBType.Varchar,
    };

    private void AppendChunk(int first, int rows, List<(bool IsTag, int Position)> columns, DuckDBType[] types)
    {
        Chunks.DuckDBDataChunkReset(_chunk);
        _points.Times.Slice(first, rows).CopyTo(Data<long>(Vector(0), rows));
        for (var i = 0; i < columns.Count; i++)
        {
            var (isTag, position) = columns[i];
            if (isTag)
                WriteTag(Vector(i + 1), position, first, rows);
            else
                WriteField(Vector(i + 1), types[i + 1], position, first, rows);
        }

        Chunks.DuckDBDataChunkSetSize(_chunk, (ulong)rows);
        Check(Appenders.DuckDBAppendDataChunk(_appender, _chunk));
    }

    private void WriteTag(IntPtr vector, int position, int first, int rows)
    {
        var series = _points.SeriesOfRows.Slice(first, rows);
        var data = Data<byte>(vector, rows * StringLength);
        Span<ulong> validity = [];
        for (var row = 0; row < rows; row++)
        {
            var tags = series[row].Tags;
            if (position < tags.Length && tags[position] is { } tag)
                WriteText(vector, data, row, tag);
            else
                SetNull(vector, ref validity, row);
        }
    }

    private void WriteField(IntPtr vector, DuckDBType type, int field, int first, int rows)
    {
        var has = _points.Has(field, first, rows);
        if (has.Length < rows || has.Contains(false))
        {
            Span<ulong> validity = [];
            for (var row = 0; row < rows; row++)
            {
                if (row >= has.Length || !has[row])
                    SetNull(vector, ref validity, row);
            }
        }

        switch (type)
        {
            case DuckDBType.Varchar:
                WriteTexts(vector, has, _points.Texts(field, first, rows));
                break;
            case DuckDBType.Boolean:
                var data = Data<bool>(vector, rows);
                var bits = _points.Bits(field, first, rows);
                for (var row = 0; row < bits.Length; row++)
                    data[row] = bits[row] != 0;
                break;
            default:
                _points.Bits(field, first, rows).CopyTo(Data<long>(vector, rows));
                break;
        }
    }

    private void WriteTexts(IntPtr vector, ReadOnlySpan<bool> has, ReadOnlySpan<string?> texts)
    {
        var data = Data<byte>(vector, has.Length * StringLength);
        for (var row = 0; row < has.Length; row++)
        {
            if (has[row])
                WriteText(vector, data, row, texts[row]!);
        }
    }

    private void WriteText(IntPtr vector, Span<byte> data, int row, string text)
    {
        if (text.Length <= InlineLength && Encoding.UTF8.TryGetBytes(text, _inline, out var length))
        {
            // A short string lies within its place: its length, then itself, zeros behind it.
            var place = data.Slice(row * StringLength, StringLength);
            place.Clear();
            BitConverter.TryWriteBytes(place, length);
            _inline.AsSpan(0, length).CopyTo(place[sizeof(int)..]);
            return;
        }

        if (_text.Length < Encoding.UTF8.GetMaxByteCount(text.Length))
            _text = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        fixed (byte* bytes = _text)
            Vectors.DuckDBVectorAssignStringElementLength(vector, (ulong)row, bytes, Encoding.UTF8.GetBytes(text, _text));
    }

    private static void SetNull(IntPtr vector, ref Span<ulong> validity, int row)
    {
        if (validity.IsEmpty)
        {
            Vectors.DuckDBVectorEnsureValidityWritable(vector);
            validity = new Span<ulong>(Vectors.DuckDBVectorGetValidity(vector), ChunkRows / 64);
        }

        validity[row / 64] &= ~(1UL << (row % 64));
    }

    private IntPtr Vector(int column) => Chunks.DuckDBDataChunkGetVector(_chunk, column);

    private static Span<T> Data<T>(IntPtr vector, int count)
        where T : unmanaged
        => new(Vectors.DuckDBVectorGetData(vector), count);

    private void Check(DuckDBState state)
    {
        if (state.IsSuccess())
            return;
        using var error = Appenders.DuckDBAppenderErrorData(_appender);
        throw new IOException($"DuckDB does not take points of the table {_table}: {error.Message}");
    }
}

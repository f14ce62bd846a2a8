using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Nbpy.EmbeddedInflux.InfluxQl;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Writes query results in MessagePack with the shape InfluxDB gives them. Without <c>epoch</c> a time is extension type 5:
/// seconds as int64 and nanoseconds as int32, big-endian, which is what InfluxDB's clients read.</summary>
internal sealed class MessagePackResultWriter(IBufferWriter<byte> output, long epoch) : IResultFormat
{
    public string ContentType => "application/x-msgpack";

    public async Task WriteAsync(IReadOnlyList<StatementResult> results, Func<ValueTask> flush)
    {
        Map(1);
        Text("results");
        Array(results.Count);
        foreach (var result in results)
        {
            if (result.Error is not null)
            {
                Map(1);
                Text("error");
                Text(result.Error);
                continue;
            }

            Map(2 + (result.Warnings.Count > 0 ? 1 : 0) + (result.Partial ? 1 : 0));
            Text("statement_id");
            Integer(result.StatementId);
            Warnings(result.Warnings);
            Text("series");
            Array(result.Series.Count);
            foreach (var series in result.Series)
                await WriteAsync(series, flush).ConfigureAwait(false);
            if (result.Partial)
                Partial();
        }

        await flush().ConfigureAwait(false);
    }

    public void WriteError(string message)
    {
        Map(1);
        Text("error");
        Text(message);
    }

    private void Warnings(IReadOnlyList<string> warnings)
    {
        if (warnings.Count == 0)
            return;
        Text("messages");
        Array(warnings.Count);
        foreach (var warning in warnings)
        {
            Map(2);
            Text("level");
            Text("warning");
            Text("text");
            Text(warning);
        }
    }

    private async Task WriteAsync(ResultSeries series, Func<ValueTask> flush)
    {
        var named = !string.IsNullOrEmpty(series.Name);
        var tags = series.Tags is { Count: > 0 } ? series.Tags : null;
        Map(2 + (named ? 1 : 0) + (tags is null ? 0 : 1) + (series.Partial ? 1 : 0));
        if (named)
        {
            Text("name");
            Text(series.Name!);
        }

        if (tags is not null)
        {
            Text("tags");
            Map(tags.Count);
            foreach (var (key, value) in tags)
            {
                Text(key);
                Text(value);
            }
        }

        Text("columns");
        Strings(series.Columns);
        var timed = series.Columns.Count > 0 && series.Columns[0] == "time";
        Text("values");
        Array(series.Values.Count);
        foreach (var row in series.Values)
        {
            Array(row.Length);
            for (var i = 0; i < row.Length; i++)
                Value(row[i], timed && i == 0);
            await flush().ConfigureAwait(false);
        }

        if (series.Partial)
            Partial();
    }

    private void Strings(IReadOnlyList<string> texts)
    {
        Array(texts.Count);
        foreach (var text in texts)
            Text(text);
    }

    private void Partial()
    {
        Text("partial");
        Byte(0xc3);
    }

    private void Value(object? value, bool time)
    {
        switch (value)
        {
            case null:
                Byte(0xc0);
                break;
            case long n when time && epoch == 0:
                Time(n);
                break;
            case long n:
                Integer(time ? n / epoch : n);
                break;
            case int n:
                Integer(n);
                break;
            case double d:
                var span = output.GetSpan(9);
                span[0] = 0xcb;
                BinaryPrimitives.WriteDoubleBigEndian(span[1..], d);
                output.Advance(9);
                break;
            case bool b:
                Byte((byte)(b ? 0xc3 : 0xc2));
                break;
            case IReadOnlyList<string> list:
                Strings(list);
                break;
            default:
                Text(value.ToString() ?? "");
                break;
        }
    }

    private void Time(long nanoseconds)
    {
        var seconds = Math.DivRem(nanoseconds, 1_000_000_000, out var rest);
        if (rest < 0)
            (seconds, rest) = (seconds - 1, rest + 1_000_000_000);
        var span = output.GetSpan(15);
        (span[0], span[1], span[2]) = (0xc7, 12, 5);
        BinaryPrimitives.WriteInt64BigEndian(span[3..], seconds);
        BinaryPrimitives.WriteInt32BigEndian(span[11..], (int)rest);
        output.Advance(15);
    }

    private void Byte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    private void Map(int count) => Head(count, 0x80, 16, 0xde);

    private void Array(int count) => Head(count, 0x90, 16, 0xdc);

    private void Head(int count, byte small, int limit, byte large)
    {
        var span = output.GetSpan(5);
        if (count < limit)
        {
            span[0] = (byte)(small | count);
            output.Advance(1);
        }
        else if (count <= ushort.MaxValue)
        {
            span[0] = large;
            BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)count);
            output.Advance(3);
        }
        else
        {
            span[0] = (byte)(large + 1);
            BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)count);
            output.Advance(5);
        }
    }

    private void Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        if (length is >= 32 and <= byte.MaxValue)
        {
            Byte(0xd9);
            Byte((byte)length);
        }
        else
        {
            Head(length, 0xa0, 32, 0xda);
        }

        Encoding.UTF8.GetBytes(text, output);
    }

    private void Integer(long value)
    {
        if (value is >= -32 and < 128)
        {
            Byte((byte)value);
            return;
        }

        // In as few bytes as hold it.
        var span = output.GetSpan(9);
        if (value is >= sbyte.MinValue and <= sbyte.MaxValue)
        {
            (span[0], span[1]) = (0xd0, (byte)value);
            output.Advance(2);
        }
        else if (value is >= short.MinValue and <= short.MaxValue)
        {
            span[0] = 0xd1;
            BinaryPrimitives.WriteInt16BigEndian(span[1..], (short)value);
            output.Advance(3);
        }
        else if (value is >= int.MinValue and <= int.MaxValue)
        {
            span[0] = 0xd2;
            BinaryPrimitives.WriteInt32BigEndian(span[1..], (int)value);
            output.Advance(5);
        }
        else
        {
            span[0] = 0xd3;
            BinaryPrimitives.WriteInt64BigEndian(span[1..], value);
            output.Advance(9);
        }
    }
}

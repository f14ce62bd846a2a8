using System.Buffers;
using System.Buffers.Text;
using System.Text;
using MessagePack;
using Nbpy.Influx;
using Nbpy.Messaging;

namespace Nbpy.Subscribers;

/// <summary>Turns one MessagePack map of the message contract into one line of line protocol, driven by a
/// <see cref="MeasurementLayout"/>, without building objects: the values are found in the payload and copied across.
/// Not thread-safe; the line is valid until the next call.</summary>
public sealed class LineProtocolTranscoder
{
    private readonly MeasurementLayout layout;
    private readonly byte[] measurement;
    private readonly byte[][] tagKeys;
    private readonly byte[][] fieldKeys;
    private readonly Slot[] slots;
    private readonly ArrayBufferWriter<byte> line = new(512);
    private int guess;

    /// <param name="layout">Measurement, tags and fields.</param>
    public LineProtocolTranscoder(MeasurementLayout layout)
    {
        this.layout = layout;
        slots = new Slot[layout.Keys.Length];
        measurement = Escaped(w => LineProtocol.WriteMeasurement(w, Encoding.UTF8.GetBytes(layout.Name)));
        tagKeys = [.. layout.Tags.Select(t => Escaped(w => { w.Write(","u8); LineProtocol.WriteKey(w, Encoding.UTF8.GetBytes(t)); w.Write("="u8); }))];
        fieldKeys = [.. layout.Fields.Select(f => Escaped(w => { LineProtocol.WriteKey(w, Encoding.UTF8.GetBytes(f)); w.Write("="u8); }))];
    }

    /// <summary>The line of the last message, without its newline.</summary>
    public ReadOnlySpan<byte> Line => line.WrittenSpan;

    /// <summary><c>_epoch</c> of the last message.</summary>
    public ulong Epoch { get; private set; }

    /// <summary><c>_seq</c> of the last message.</summary>
    public ulong Sequence { get; private set; }

    /// <summary><c>timestamp</c> of the last message, ns since the Unix epoch.</summary>
    public long Timestamp { get; private set; }

    /// <summary><c>_sent</c> of the last message, ns since the Unix epoch; 0 when it has none.</summary>
    public long Sent { get; private set; }

    /// <summary><c>_trace</c> of the last message; null when it is not traced.</summary>
    public string? TraceParent { get; private set; }

    /// <summary>Values that line protocol cannot hold (NaN, infinities), left out so far.</summary>
    public long NonFinite { get; private set; }

    /// <summary>Reads the next map of <paramref name="payload"/> and makes its line.</summary>
    /// <returns>False when no field of the measurement is in the message: there is nothing to store.</returns>
    /// <exception cref="InvalidDataException">The map lacks <c>timestamp</c>, <c>_seq</c> or <c>_epoch</c>, or holds what a message cannot.</exception>
    public bool Next(ref MessagePackReader reader, ReadOnlySpan<byte> payload)
    {
        Array.Clear(slots);
        var header = default(Header);
        var count = reader.ReadMapHeader();
        if (count > MessageReader.MaxKeys)
            throw new InvalidDataException($"The payload has a map of {count} keys; at most {MessageReader.MaxKeys} are read.");
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryReadStringSpan(out var key))
                throw new InvalidDataException("A key of the map is not a string.");
            if (!ReadHeader(ref reader, key, ref header))
                ReadSlot(ref reader, key);
        }

        if (!header.IsComplete)
            throw new InvalidDataException("The message lacks timestamp, _seq or _epoch.");
        Sequence = header.Sequence;
        Epoch = header.Epoch;
        Timestamp = header.Timestamp;
        Sent = header.Sent;
        TraceParent = header.TraceParent;
        return Write(payload, StoredTime.Of(header.Timestamp, header.Sequence));
    }

    private static byte[] Escaped(Action<ArrayBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static bool ReadHeader(ref MessagePackReader reader, ReadOnlySpan<byte> key, ref Header header)
    {
        if (key.SequenceEqual("timestamp"u8))
            header.SetTimestamp(reader.ReadInt64());
        else if (key.SequenceEqual("_seq"u8))
            header.SetSequence(reader.ReadUInt64());
        else if (key.SequenceEqual("_epoch"u8))
            header.SetEpoch(reader.ReadUInt64());
        else if (key.SequenceEqual("_sent"u8))
            header.Sent = reader.ReadInt64();
        else if (key.SequenceEqual("_trace"u8))
            header.TraceParent = reader.ReadString();
        else
            return false;
        return true;
    }

    private void ReadSlot(ref MessagePackReader reader, ReadOnlySpan<byte> key)
    {
        var index = Find(key);
        if (index < 0)
        {
            reader.Skip();
            return;
        }

        ref var slot = ref slots[index];
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Float:
                slot = new Slot { Kind = SlotKind.Float, Number = reader.ReadDouble() };
                break;
            case MessagePackType.Integer:
                slot = new Slot { Kind = SlotKind.Integer, Integer = reader.ReadInt64() };
                break;
            case MessagePackType.Boolean:
                slot = new Slot { Kind = SlotKind.Boolean, Integer = reader.ReadBoolean() ? 1 : 0 };
                break;
            case MessagePackType.String when reader.TryReadStringSpan(out var text):
                slot = new Slot { Kind = SlotKind.Text, Start = (int)reader.Consumed - text.Length, Length = text.Length };
                break;
            case MessagePackType.Nil:
                reader.ReadNil();
                break;
            default:
                throw new InvalidDataException($"'{Encoding.UTF8.GetString(key)}' is a {reader.NextMessagePackType}; messages hold numbers, strings and booleans.");
        }
    }

    /// <summary>Keys come in the same order message after message, so the slot after the last one found is tried first.</summary>
    private int Find(ReadOnlySpan<byte> key)
    {
        var keys = layout.Keys;
        for (var i = 0; i < keys.Length; i++)
        {
            var index = guess + i;
            if (index >= keys.Length)
                index -= keys.Length;
            if (!key.SequenceEqual(keys[index]))
                continue;
            guess = index + 1 == keys.Length ? 0 : index + 1;
            return index;
        }

        return -1;
    }

    private bool Write(ReadOnlySpan<byte> payload, long time)
    {
        line.ResetWrittenCount();
        line.Write(measurement);
        for (var i = 0; i < tagKeys.Length; i++)
            WriteTag(tagKeys[i], in slots[i], payload);
        var first = true;
        for (var i = 0; i < fieldKeys.Length; i++)
            if (WriteField(fieldKeys[i], in slots[tagKeys.Length + i], payload, first))
                first = false;
        if (first)
            return false;
        line.Write(" "u8);
        WriteInteger(time);
        return true;
    }

    private void WriteTag(byte[] key, in Slot slot, ReadOnlySpan<byte> payload)
    {
        if (slot.Kind == SlotKind.None || (slot.Kind == SlotKind.Text && slot.Length == 0))
            return;
        line.Write(key);
        switch (slot.Kind)
        {
            case SlotKind.Text:
                LineProtocol.WriteTagValue(line, payload.Slice(slot.Start, slot.Length));
                break;
            case SlotKind.Float:
                WriteFloat(slot.Number);
                break;
            case SlotKind.Boolean:
                line.Write(slot.Integer != 0 ? "true"u8 : "false"u8);
                break;
            default:
                WriteInteger(slot.Integer);
                break;
        }
    }

    private bool WriteField(byte[] key, in Slot slot, ReadOnlySpan<byte> payload, bool first)
    {
        if (slot.Kind == SlotKind.None)
            return false;
        if (slot.Kind == SlotKind.Float && !double.IsFinite(slot.Number))
        {
            NonFinite++;
            return false;
        }

        line.Write(first ? " "u8 : ","u8);
        line.Write(key);
        switch (slot.Kind)
        {
            case SlotKind.Text:
                line.Write("\""u8);
                LineProtocol.WriteStringContent(line, payload.Slice(slot.Start, slot.Length));
                line.Write("\""u8);
                break;
            case SlotKind.Float:
                WriteFloat(slot.Number);
                break;
            case SlotKind.Boolean:
                line.Write(slot.Integer != 0 ? "true"u8 : "false"u8);
                break;
            default:
                WriteInteger(slot.Integer);
                line.Write("i"u8);
                break;
        }

        return true;
    }

    private void WriteFloat(double value)
    {
        Utf8Formatter.TryFormat(value, line.GetSpan(32), out var written);
        line.Advance(written);
    }

    private void WriteInteger(long value)
    {
        Utf8Formatter.TryFormat(value, line.GetSpan(20), out var written);
        line.Advance(written);
    }

    private enum SlotKind : byte
    {
        None,
        Float,
        Integer,
        Boolean,
        Text,
    }

    private struct Slot
    {
        public SlotKind Kind;
        public int Start;
        public int Length;
        public long Integer;
        public double Number;
    }

    private struct Header
    {
        private int set;

        public long Timestamp { get; private set; }

        public ulong Sequence { get; private set; }

        public ulong Epoch { get; private set; }

        public long Sent { get; set; }

        public string? TraceParent { get; set; }

        public readonly bool IsComplete => set == 7;

        public void SetTimestamp(long value) => (Timestamp, set) = (value, set | 1);

        public void SetSequence(ulong value) => (Sequence, set) = (value, set | 2);

        public void SetEpoch(ulong value) => (Epoch, set) = (value, set | 4);
    }
}

using System.Buffers;
using System.Runtime.CompilerServices;
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
    private const int NumberLength = DecimalDigits.MaxLength;

    private readonly byte[] measurement;
    private readonly byte[][] tagKeys;
    private readonly byte[][] fieldKeys;
    private readonly int fixedLength;
    private readonly Slot[] slots;
    private readonly int[] decimals;

    // Names of the slots, then those of the contract; and which of them stood where in the last message.
    private readonly byte[][] names;
    private readonly byte[][] encodedNames;
    private readonly int[] order = new int[MessageReader.MaxKeys];
    private readonly ArrayBufferWriter<byte> escaped = new(256);
    private byte[] line = new byte[512];
    private int length;

    /// <param name="layout">Measurement, tags and fields.</param>
    public LineProtocolTranscoder(MeasurementLayout layout)
    {
        slots = new Slot[layout.Keys.Length];
        decimals = new int[slots.Length];
        names = [.. layout.Keys, "timestamp"u8.ToArray(), "_seq"u8.ToArray(), "_epoch"u8.ToArray(), "_sent"u8.ToArray(), "_trace"u8.ToArray(), "_origin"u8.ToArray(), "source"u8.ToArray()];
        encodedNames = [.. names.Select(Encoded)];
        measurement = Escaped(w => LineProtocol.WriteMeasurement(w, Encoding.UTF8.GetBytes(layout.Name)));
        tagKeys = [.. layout.Tags.Select(t => Escaped(w => { w.Write(","u8); LineProtocol.WriteKey(w, Encoding.UTF8.GetBytes(t)); w.Write("="u8); }))];
        fieldKeys = [.. layout.Fields.Select(f => Escaped(w => { w.Write(","u8); LineProtocol.WriteKey(w, Encoding.UTF8.GetBytes(f)); w.Write("="u8); }))];
        fixedLength = measurement.Length + tagKeys.Sum(k => k.Length) + fieldKeys.Sum(k => k.Length) + ((slots.Length + 2) * NumberLength);
    }

    /// <summary>The line of the last message, without its newline.</summary>
    public ReadOnlySpan<byte> Line => line.AsSpan(0, length);

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

    /// <summary>Reads the reader's next map and makes its line.</summary>
    /// <returns>False when no field of the measurement is in the message: there is nothing to store.</returns>
    /// <exception cref="InvalidDataException">The map lacks <c>timestamp</c>, <c>_seq</c> or <c>_epoch</c>, or holds what a message cannot.</exception>
    public bool Next(ref PayloadReader reader)
    {
        Array.Clear(slots);
        var header = default(Header);
        var count = reader.ReadMapHeader();
        for (var i = 0; i < count; i++)
        {
            // Keys come in the same order message after message.
            var index = order[i];
            if (!reader.TrySkipKey(encodedNames[index]))
                index = Find(i, reader.ReadKey());
            var kind = reader.Read();
            if ((uint)index < (uint)slots.Length)
                Keep(index, kind, ref reader);
            else if (index >= 0)
                header.Set(index - slots.Length, kind, ref reader);
        }

        if (!header.IsComplete)
            throw new InvalidDataException("The message lacks timestamp, _seq or _epoch.");
        Sequence = header.Sequence;
        Epoch = header.Epoch;
        Timestamp = header.Timestamp;
        Sent = header.Sent;
        TraceParent = header.TraceParent;
        return Write(reader.Payload, StoredTime.Of(header.Timestamp, header.Origin ?? header.Sequence));
    }

    private static byte[] Escaped(Action<ArrayBufferWriter<byte>> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Encoded(byte[] name)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        writer.WriteString(name);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Index of a name, negative where the measurement has no use for it, and what is expected there in the next message.</summary>
    private int Find(int at, ReadOnlySpan<byte> key)
    {
        for (var index = 0; index < names.Length; index++)
        {
            if (!key.SequenceEqual(names[index]))
                continue;
            order[at] = index;
            return index;
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Keep(int index, PayloadKind kind, ref PayloadReader reader)
    {
        ref var slot = ref slots[index];
        slot.Kind = kind;
        switch (kind)
        {
            case PayloadKind.Float:
                slot.Bits = BitConverter.DoubleToInt64Bits(reader.Number);
                break;
            case PayloadKind.Integer or PayloadKind.Boolean:
                slot.Bits = reader.Integer;
                break;
            case PayloadKind.Text:
                slot.Length = reader.Text.Length;
                slot.Start = reader.Position - slot.Length;
                break;
            case PayloadKind.Nil:
                break;
            case PayloadKind.Unsigned:
                throw new InvalidDataException($"'{Name(index)}' is above the range of a 64-bit integer.");
            default:
                throw new InvalidDataException($"'{Name(index)}' is neither a number nor a string nor a boolean, which is all that messages hold.");
        }
    }

    private string Name(int index) => Encoding.UTF8.GetString(names[index]);

    private bool Write(ReadOnlySpan<byte> payload, long time)
    {
        // Enough for every number; text is what may need more.
        length = 0;
        Reserve(0);
        Put(measurement);
        for (var i = 0; i < tagKeys.Length; i++)
            WriteTag(i, payload);
        var fields = length;
        for (var i = 0; i < fieldKeys.Length; i++)
            WriteField(i, payload);
        if (length == fields)
            return false;
        line[fields] = (byte)' '; // In place of the first field's comma.
        Put(" "u8);
        PutInteger(time);
        return true;
    }

    private void WriteTag(int tag, ReadOnlySpan<byte> payload)
    {
        ref readonly var slot = ref slots[tag];
        if (slot.Kind == PayloadKind.Nil || (slot.Kind == PayloadKind.Text && slot.Length == 0))
            return;
        if (slot.Kind == PayloadKind.Text)
        {
            var text = payload.Slice(slot.Start, slot.Length);
            if (!LineProtocol.IsPlainKey(text))
            {
                escaped.ResetWrittenCount();
                LineProtocol.WriteTagValue(escaped, text);
                text = escaped.WrittenSpan;
            }

            Reserve(text.Length);
            Put(tagKeys[tag]);
            Put(text);
            return;
        }

        Put(tagKeys[tag]);
        PutNumber(tag, slot);
    }

    private void WriteField(int field, ReadOnlySpan<byte> payload)
    {
        var index = tagKeys.Length + field;
        ref readonly var slot = ref slots[index];
        switch (slot.Kind)
        {
            case PayloadKind.Nil:
                return;
            case PayloadKind.Float when !double.IsFinite(BitConverter.Int64BitsToDouble(slot.Bits)):
                NonFinite++;
                return;
            case PayloadKind.Text:
                var text = payload.Slice(slot.Start, slot.Length);
                if (!LineProtocol.IsPlainString(text))
                {
                    escaped.ResetWrittenCount();
                    LineProtocol.WriteStringContent(escaped, text);
                    text = escaped.WrittenSpan;
                }

                Reserve(text.Length + 2);
                Put(fieldKeys[field]);
                Put("\""u8);
                Put(text);
                Put("\""u8);
                return;
            default:
                Put(fieldKeys[field]);
                PutNumber(index, slot);
                if (slot.Kind == PayloadKind.Integer)
                    Put("i"u8);
                return;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PutNumber(int index, in Slot slot)
    {
        if (slot.Kind == PayloadKind.Float)
            length += DecimalDigits.Write(BitConverter.Int64BitsToDouble(slot.Bits), line.AsSpan(length), ref decimals[index]);
        else if (slot.Kind == PayloadKind.Boolean)
            Put(slot.Bits != 0 ? "true"u8 : "false"u8);
        else
            PutInteger(slot.Bits);
    }

    private void PutInteger(long value) => length += DecimalDigits.Write(value, line.AsSpan(length));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(line.AsSpan(length));
        length += bytes.Length;
    }

    /// <summary>Room for so many bytes of text besides everything that is bounded.</summary>
    private void Reserve(int text)
    {
        if (line.Length - length < text + fixedLength)
            Array.Resize(ref line, Math.Max(line.Length * 2, length + text + fixedLength));
    }

    private struct Slot
    {
        public PayloadKind Kind;
        public int Start;
        public int Length;
        public long Bits;
    }

    private struct Header
    {
        private int set;

        public long Timestamp { get; private set; }

        public ulong Sequence { get; private set; }

        public ulong Epoch { get; private set; }

        public long Sent { get; private set; }

        public string? TraceParent { get; private set; }

        public ulong? Origin { get; private set; }

        public readonly bool IsComplete => set == 7;

        /// <param name="key">In the order of <see cref="names"/>.</param>
        /// <param name="kind">What was read.</param>
        /// <param name="reader">Has just read it.</param>
        public void Set(int key, PayloadKind kind, ref PayloadReader reader)
        {
            switch (key)
            {
                case 0:
                    (Timestamp, set) = (Signed("timestamp", kind, ref reader), set | 1);
                    break;
                case 1:
                    (Sequence, set) = (Unsigned("_seq", kind, ref reader), set | 2);
                    break;
                case 2:
                    (Epoch, set) = (Unsigned("_epoch", kind, ref reader), set | 4);
                    break;
                case 3:
                    Sent = Signed("_sent", kind, ref reader);
                    break;
                case 5:
                    Origin = Unsigned("_origin", kind, ref reader);
                    break;
                case 4:
                    TraceParent = kind == PayloadKind.Text ? Encoding.UTF8.GetString(reader.Text) : null;
                    break;
                default:
                    break; // What a message has and the measurement does not store.
            }
        }

        private static long Signed(string name, PayloadKind kind, ref PayloadReader reader) => kind == PayloadKind.Integer
            ? reader.Integer : throw new InvalidDataException($"{name} is not a signed integer.");

        private static ulong Unsigned(string name, PayloadKind kind, ref PayloadReader reader) =>
            kind == PayloadKind.Unsigned || (kind == PayloadKind.Integer && reader.Integer >= 0)
                ? (ulong)reader.Integer : throw new InvalidDataException($"{name} is not an unsigned integer.");
    }
}

using System.Buffers;
using System.Text;
using MessagePack;

namespace Nbpy.Messaging;

/// <summary>Writes messages of the contract as MessagePack maps into one reused buffer. Not thread-safe.</summary>
internal sealed class MessageEncoder
{
    /// <summary>Most fields of a message: those that the publisher adds are keys of the map too.</summary>
    public const int MaxFields = MessageReader.MaxKeys - ReservedKeys;

    private const int ReservedKeys = 7;

    /// <summary>Bytes that the reserved keys take at most, without <c>source</c>.</summary>
    private const int ReservedBytes = 512;

    private readonly ArrayBufferWriter<byte> buffer = new(1024);
    private readonly Dictionary<string, byte[]> names = new(StringComparer.Ordinal);

    /// <summary>Refuses what no subscriber would read.</summary>
    /// <exception cref="ArgumentException">More fields than <see cref="MaxFields"/>, or more bytes than <see cref="MessageReader.MaxPayloadBytes"/>.</exception>
    public static void Check(MarketMessage message)
    {
        var fields = message.Fields;
        var characters = 0L;
        for (var i = 0; i < fields.Count; i++)
            characters += fields[i].Name.Length + (fields[i].Value.Text?.Length ?? 0);
        if (fields.Count <= MaxFields && characters < MessageReader.MaxPayloadBytes / 8)
            return;
        var written = fields.Where(IsWritten).ToList();
        if (written.Count > MaxFields)
            throw new ArgumentException($"A message has at most {MaxFields} fields; this has {written.Count}.", nameof(message));
        var bytes = ReservedBytes + Encoding.UTF8.GetByteCount(message.Source ?? "")
            + written.Sum(f => 14L + Encoding.UTF8.GetByteCount(f.Name) + (f.Value.Text is { } text ? Encoding.UTF8.GetByteCount(text) : 0));
        if (bytes > MessageReader.MaxPayloadBytes)
            throw new ArgumentException($"A message has at most {MessageReader.MaxPayloadBytes:N0} bytes; this has {bytes:N0}.", nameof(message));
    }

    /// <summary>Encodes one message; the memory is valid until the next call.</summary>
    /// <param name="message">The message.</param>
    /// <param name="timestampNs">Its time, as it is published.</param>
    /// <param name="sequence">Its place.</param>
    /// <param name="epoch">In this epoch.</param>
    /// <param name="sentNs">When.</param>
    /// <param name="source">Its source, where it has none of its own.</param>
    /// <param name="traceParent">Its trace; null: none.</param>
    public ReadOnlyMemory<byte> Encode(
        MarketMessage message, long timestampNs, ulong sequence, ulong epoch, long sentNs, string source, string? traceParent = null)
    {
        buffer.ResetWrittenCount();
        var writer = new MessagePackWriter(buffer);
        var count = 5 + (traceParent is null ? 0 : 1) + (message.Origin is null ? 0 : 1);
        var fields = message.Fields;
        for (var i = 0; i < fields.Count; i++)
            if (IsWritten(fields[i]))
                count++;
        writer.WriteMapHeader(count);
        for (var i = 0; i < fields.Count; i++)
        {
            var field = fields[i];
            if (!IsWritten(field))
                continue;
            writer.WriteRaw(Name(field.Name));
            Write(ref writer, field.Value);
        }

        writer.WriteRaw(Name(MessageKeys.Timestamp));
        writer.WriteInt64(timestampNs);
        writer.WriteRaw(Name(MessageKeys.Sequence));
        writer.WriteUInt64(sequence);
        writer.WriteRaw(Name(MessageKeys.Epoch));
        writer.WriteUInt64(epoch);
        writer.WriteRaw(Name(MessageKeys.Sent));
        writer.WriteInt64(sentNs);
        writer.WriteRaw(Name(MessageKeys.Source));
        writer.Write(message.Source ?? source);
        if (message.Origin is { } origin)
        {
            writer.WriteRaw(Name(MessageKeys.Origin));
            writer.WriteUInt64(origin);
        }

        if (traceParent is not null)
        {
            writer.WriteRaw(Name(MessageKeys.Trace));
            writer.Write(traceParent);
        }

        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static bool IsWritten(MessageField field) => field.Value.Kind != FieldKind.None && !MessageKeys.IsReserved(field.Name);

    private static void Write(ref MessagePackWriter writer, FieldValue value)
    {
        switch (value.Kind)
        {
            case FieldKind.Float:
                writer.Write(value.Number);
                break;
            case FieldKind.Integer:
                writer.Write(value.Integer);
                break;
            case FieldKind.Boolean:
                writer.Write(value.Boolean);
                break;
            default:
                writer.Write(value.Text);
                break;
        }
    }

    /// <summary>The MessagePack form of a key, made once. Keys come from code and configuration, so they are few.</summary>
    private byte[] Name(string name)
    {
        if (names.TryGetValue(name, out var bytes))
            return bytes;
        var scratch = new ArrayBufferWriter<byte>(Encoding.UTF8.GetMaxByteCount(name.Length) + 5);
        var writer = new MessagePackWriter(scratch);
        writer.Write(name);
        writer.Flush();
        bytes = scratch.WrittenSpan.ToArray();
        if (names.Count < 1024)
            names[name] = bytes;
        return bytes;
    }
}

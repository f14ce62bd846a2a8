using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Nbpy.Messaging;

/// <summary>What a value of a payload is.</summary>
public enum PayloadKind : byte
{
    /// <summary>No value.</summary>
    Nil,

    /// <summary>In <see cref="PayloadReader.Integer"/>, 1 or 0.</summary>
    Boolean,

    /// <summary>In <see cref="PayloadReader.Integer"/>.</summary>
    Integer,

    /// <summary>Above the range of a signed integer; in <see cref="PayloadReader.Integer"/>, as its bits.</summary>
    Unsigned,

    /// <summary>In <see cref="PayloadReader.Number"/>.</summary>
    Float,

    /// <summary>In <see cref="PayloadReader.Text"/>.</summary>
    Text,

    /// <summary>A list, a map, bytes or an extension: skipped, whatever is in it.</summary>
    Other,
}

/// <summary>Reads MessagePack (the format's specification, 2013) from a message of the contract, value by value, without objects and
/// without recursion. What is read is never beyond the payload, and every step consumes at least a byte.</summary>
/// <param name="payload">The whole frame.</param>
public ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private readonly ReadOnlySpan<byte> payload = payload;

    /// <summary>The next byte's index.</summary>
    public int Position { get; private set; }

    /// <summary>The last value, where it was a boolean or an integer.</summary>
    public long Integer { get; private set; }

    /// <summary>The last value, where it was a float.</summary>
    public double Number { get; private set; }

    /// <summary>The last value's UTF-8, where it was a string; the same bytes stand right before <see cref="Position"/>.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    /// <summary>The frame.</summary>
    public readonly ReadOnlySpan<byte> Payload => payload;

    /// <summary>How many maps follow: the count of a list, or one where the payload is a map.</summary>
    /// <exception cref="InvalidDataException">Neither, or more than <see cref="MessageReader.MaxMaps"/>.</exception>
    public int ReadMapCount()
    {
        var code = Peek();
        if (code is >= 0x80 and <= 0x8f or 0xde or 0xdf)
            return 1;
        Position++;
        var count = code switch
        {
            >= 0x90 and <= 0x9f => code & 0x0f,
            0xdc => Big16(),
            0xdd => Count(Big32()),
            _ => throw Wrong(code, "a map or a list of maps"),
        };
        return count <= MessageReader.MaxMaps
            ? count : throw new InvalidDataException($"The payload is a list of {count} maps; at most {MessageReader.MaxMaps} are read.");
    }

    /// <summary>How many entries the map has that begins here.</summary>
    /// <exception cref="InvalidDataException">No map begins here, or more entries than <see cref="MessageReader.MaxKeys"/>.</exception>
    public int ReadMapHeader()
    {
        var code = Peek();
        Position++;
        var count = code switch
        {
            >= 0x80 and <= 0x8f => code & 0x0f,
            0xde => Big16(),
            0xdf => Count(Big32()),
            _ => throw Wrong(code, "a map"),
        };
        return count <= MessageReader.MaxKeys
            ? count : throw new InvalidDataException($"The payload has a map of {count} keys; at most {MessageReader.MaxKeys} are read.");
    }

    /// <summary>Passes over the map that begins here, however many keys and whatever values it has, and finds its place in the sequence.</summary>
    /// <returns>False when it has no <c>_epoch</c> and <c>_seq</c> that are whole numbers.</returns>
    /// <exception cref="InvalidDataException">No map begins here, or its end cannot be found.</exception>
    public bool SkipMap(out ulong epoch, out ulong sequence)
    {
        (ulong? ofEpoch, ulong? ofSequence) = (null, null);
        var code = Peek();
        Position++;
        var count = code switch
        {
            >= 0x80 and <= 0x8f => code & 0x0f,
            0xde => Big16(),
            0xdf => Count(Big32()),
            _ => throw Wrong(code, "a map"),
        };
        for (; count > 0; count--)
        {
            var named = Read() == PayloadKind.Text;
            var isEpoch = named && Text.SequenceEqual("_epoch"u8);
            var isSequence = named && Text.SequenceEqual("_seq"u8);
            var kind = Read();
            if (kind != PayloadKind.Unsigned && (kind != PayloadKind.Integer || Integer < 0))
                continue;
            if (isEpoch)
                ofEpoch = (ulong)Integer;
            else if (isSequence)
                ofSequence = (ulong)Integer;
        }

        (epoch, sequence) = (ofEpoch ?? 0, ofSequence ?? 0);
        return ofEpoch is not null && ofSequence is not null;
    }

    /// <summary>A map's key.</summary>
    /// <exception cref="InvalidDataException">It is not a string.</exception>
    public ReadOnlySpan<byte> ReadKey()
    {
        var code = Peek();
        if ((code & 0xe0) == 0xa0)
        {
            Position++;
            return Take(code & 0x1f);
        }

        return Read() == PayloadKind.Text ? Text : throw new InvalidDataException("A key of the map is not a string.");
    }

    /// <summary>Passes over a key when it is the one that is expected here.</summary>
    /// <param name="encoded">The expected key as a MessagePack string, its header with it.</param>
    /// <returns>False, and nothing read, when something else stands here, or the same key with a longer header.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TrySkipKey(ReadOnlySpan<byte> encoded)
    {
        if (!payload[Position..].StartsWith(encoded))
            return false;
        Position += encoded.Length;
        return true;
    }

    /// <summary>The next value; lists, maps, bytes and extensions are passed over.</summary>
    /// <exception cref="InvalidDataException">The payload ends inside it, or it is none.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PayloadKind Read()
    {
        // Most values are doubles.
        if (payload.Length - Position > sizeof(double) && payload[Position] == 0xcb)
        {
            Number = BinaryPrimitives.ReadDoubleBigEndian(payload[(Position + 1)..]);
            Position += 1 + sizeof(double);
            return PayloadKind.Float;
        }

        return ReadOther();
    }

    private PayloadKind ReadOther()
    {
        var code = Peek();
        Position++;
        switch (code)
        {
            case <= 0x7f:
                Integer = code;
                return PayloadKind.Integer;
            case >= 0xe0:
                Integer = (sbyte)code;
                return PayloadKind.Integer;
            case >= 0xa0 and <= 0xbf:
                Text = Take(code & 0x1f);
                return PayloadKind.Text;
            case 0xc0:
                return PayloadKind.Nil;
            case 0xc2 or 0xc3:
                Integer = code & 1;
                return PayloadKind.Boolean;
            case 0xca:
                Number = BinaryPrimitives.ReadSingleBigEndian(Take(4));
                return PayloadKind.Float;
            case 0xcb:
                Number = BinaryPrimitives.ReadDoubleBigEndian(Take(8));
                return PayloadKind.Float;
            case >= 0xcc and <= 0xd3:
                return ReadInteger(code);
            case 0xd9:
                Text = Take(Take(1)[0]);
                return PayloadKind.Text;
            case 0xda:
                Text = Take(Big16());
                return PayloadKind.Text;
            case 0xdb:
                Text = Take(Count(Big32()));
                return PayloadKind.Text;
            default:
                Position--;
                Skip();
                return PayloadKind.Other;
        }
    }

    private PayloadKind ReadInteger(byte code)
    {
        Integer = code switch
        {
            0xcc => Take(1)[0],
            0xcd => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
            0xce => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
            0xd0 => (sbyte)Take(1)[0],
            0xd1 => BinaryPrimitives.ReadInt16BigEndian(Take(2)),
            0xd2 => BinaryPrimitives.ReadInt32BigEndian(Take(4)),
            _ => BinaryPrimitives.ReadInt64BigEndian(Take(8)),
        };
        return code == 0xcf && Integer < 0 ? PayloadKind.Unsigned : PayloadKind.Integer;
    }

    /// <summary>Passes over the next value with all that is in it. A loop, so that depth costs nothing.</summary>
    private void Skip()
    {
        for (long values = 1; values > 0; values--)
        {
            var code = Peek();
            Position++;
            var (bytes, inner) = code switch
            {
                <= 0x7f or >= 0xe0 or 0xc0 or 0xc2 or 0xc3 => (0L, 0L),
                <= 0x8f => (0, 2L * (code & 0x0f)),
                <= 0x9f => (0, code & 0x0f),
                <= 0xbf => (code & 0x1f, 0),
                0xc4 or 0xd9 => (Take(1)[0], 0),
                0xc5 or 0xda => (Big16(), 0),
                0xc6 or 0xdb => (Big32(), 0),
                0xc7 => (Take(1)[0] + 1, 0),
                0xc8 => (Big16() + 1, 0),
                0xc9 => (Big32() + 1L, 0),
                0xca or 0xce or 0xd2 => (4, 0),
                0xcb or 0xcf or 0xd3 => (8, 0),
                0xcc or 0xd0 => (1, 0),
                0xcd or 0xd1 => (2, 0),
                >= 0xd4 and <= 0xd8 => ((1L << (code - 0xd4)) + 1, 0),
                0xdc => (0, Big16()),
                0xdd => (0, Big32()),
                0xde => (0, 2L * Big16()),
                0xdf => (0, 2L * Big32()),
                _ => throw Wrong(code, "a value"),
            };
            if (bytes > 0)
                Take(Count(bytes));
            values += inner;
            if (values - 1 > payload.Length - Position)
                throw Short();
        }
    }

    private readonly byte Peek() => (uint)Position < (uint)payload.Length ? payload[Position] : throw Short();

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > payload.Length - Position)
            throw Short();
        var taken = payload.Slice(Position, count);
        Position += count;
        return taken;
    }

    private int Big16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    private uint Big32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>A count that the payload can hold: each of what it counts takes at least a byte.</summary>
    private readonly int Count(long count) => count <= payload.Length - Position ? (int)count : throw Short();

    private static InvalidDataException Short() => new("The payload ends in the middle of a value.");

    private readonly InvalidDataException Wrong(byte code, string wanted) =>
        new(new StringBuilder().Append(System.Globalization.CultureInfo.InvariantCulture, $"The payload has 0x{code:x2} at byte {Position - 1} where {wanted} is expected.").ToString());
}

using System.Buffers.Binary;
using System.Text;

namespace Nbpy.EmbeddedInflux.Prometheus;

/// <summary>Reads a Protocol Buffers message field by field.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;
    private int _wire;

    /// <summary>The field that comes next; zero at the end.</summary>
    public int Field()
    {
        if (_rest.IsEmpty)
            return 0;
        var key = (ulong)Varint();
        _wire = (int)(key & 7);
        return key >> 3 is > 0 and <= int.MaxValue and var field ? (int)field : throw Malformed();
    }

    public long Integer() => _wire == 0 ? Varint() : throw Malformed();

    public double Double() => _wire == 1 ? BinaryPrimitives.ReadDoubleLittleEndian(Take(8)) : throw Malformed();

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public ReadOnlySpan<byte> Bytes() => _wire == 2 ? Take(Varint()) : throw Malformed();

    /// <summary>Passes over the field's value.</summary>
    public void Skip()
    {
        switch (_wire)
        {
            case 0:
                Varint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                Take(Varint());
                break;
            case 5:
                Take(4);
                break;
            default:
                throw Malformed();
        }
    }

    private long Varint()
    {
        var value = 0L;
        for (var i = 0; i < 10 && i < _rest.Length; i++)
        {
            value |= (long)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] >= 0x80)
                continue;
            _rest = _rest[(i + 1)..];
            return value;
        }

        throw Malformed();
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _rest.Length)
            throw Malformed();
        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    private static InvalidDataException Malformed() => new("proto: malformed message");
}

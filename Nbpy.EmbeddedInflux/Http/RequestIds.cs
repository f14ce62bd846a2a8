using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Ids of requests: a random part of this process and a count. They name, they do not protect, so a request costs no
/// system call for randomness. Thread safe.</summary>
internal sealed class RequestIds
{
    private readonly byte[] _process = RandomNumberGenerator.GetBytes(8);
    private long _count = RandomNumberGenerator.GetInt32(int.MaxValue);

    /// <summary>In the shape of a UUID.</summary>
    public string Next()
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, Interlocked.Increment(ref _count));
        _process.CopyTo(id[8..]);
        return new Guid(id, bigEndian: true).ToString();
    }
}

namespace Nbpy.Influx.Tests.Spooling;

/// <summary>A file on a disk with little room: it takes what fits and then fails, as a disk does.</summary>
internal sealed class SmallDisk(string path, Func<long> room, Action<int> use) : MemoryStream
{
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        using var file = new FileStream(path, FileMode.Append);
        var fits = (int)Math.Min(room(), buffer.Length);
        file.Write(buffer[..fits]);
        use(fits);
        if (fits < buffer.Length)
            throw new IOException("No space left on device");
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
}

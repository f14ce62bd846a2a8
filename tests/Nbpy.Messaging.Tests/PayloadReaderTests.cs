using System.Buffers;
using MessagePack;

namespace Nbpy.Messaging.Tests;

/// <summary>The reader of payloads beside the library's: the same values from what the library writes, and an
/// <see cref="InvalidDataException"/> from everything else.</summary>
public sealed class PayloadReaderTests
{
    [Fact]
    public void Values_are_those_that_the_library_writes()
    {
        long[] integers = [0, 1, 127, 128, 255, 256, 65535, 65536, int.MaxValue, uint.MaxValue, (long)uint.MaxValue + 1, long.MaxValue, -1, -32, -33, -128, -129, -32768, -32769, int.MinValue, (long)int.MinValue - 1, long.MinValue];
        foreach (var value in integers)
        {
            var reader = new PayloadReader(MessagePackSerializer.Serialize(value, cancellationToken: TestContext.Current.CancellationToken));
            Assert.Equal(PayloadKind.Integer, reader.Read());
            Assert.Equal(value, reader.Integer);
            Assert.Equal(reader.Payload.Length, reader.Position);
        }

        foreach (var value in (double[])[0, -0.0, 1.5, double.MaxValue, double.NaN, double.NegativeInfinity])
        {
            var reader = new PayloadReader(MessagePackSerializer.Serialize(value, cancellationToken: TestContext.Current.CancellationToken));
            Assert.Equal(PayloadKind.Float, reader.Read());
            Assert.Equal(value, reader.Number);
        }

        var single = new PayloadReader(MessagePackSerializer.Serialize(1.25f, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal((PayloadKind.Float, 1.25), (single.Read(), single.Number));
        var large = new PayloadReader(MessagePackSerializer.Serialize(ulong.MaxValue, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal((PayloadKind.Unsigned, -1L), (large.Read(), large.Integer));
        foreach (var size in (int[])[0, 1, 31, 32, 255, 256, 65535, 65536])
        {
            var text = new string('é', size / 2) + (size % 2 == 1 ? "x" : "");
            var reader = new PayloadReader(MessagePackSerializer.Serialize(text, cancellationToken: TestContext.Current.CancellationToken));
            Assert.Equal(PayloadKind.Text, reader.Read());
            Assert.Equal(text, System.Text.Encoding.UTF8.GetString(reader.Text));
        }
    }

    [Fact]
    public void What_a_message_has_no_use_for_is_passed_over()
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(3);
        writer.WriteMapHeader(1);
        writer.Write("k");
        writer.WriteArrayHeader(70_000);
        for (var i = 0; i < 70_000; i++)
            writer.Write(i);
        writer.Write(new byte[70_000]);
        writer.WriteExtensionFormat(new ExtensionResult(5, new byte[300]));
        writer.Write(42);
        writer.Flush();
        var reader = new PayloadReader(buffer.WrittenSpan);
        Assert.Equal(PayloadKind.Other, reader.Read());
        Assert.Equal((PayloadKind.Integer, 42L), (reader.Read(), reader.Integer));
    }

    [Theory]
    [InlineData("")]
    [InlineData("c1")]
    [InlineData("dfffffffff")]
    [InlineData("ddffffffff")]
    [InlineData("dbffffffff61")]
    [InlineData("c6ffffffff00")]
    [InlineData("c9ffffffff0100")]
    [InlineData("cb0000")]
    [InlineData("dd00ffffffc0c0c0")]
    public void A_payload_that_announces_more_than_it_holds_is_refused_at_once(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Throws<InvalidDataException>(() => new PayloadReader(bytes).Read());
    }

    [Fact]
    public void Depth_costs_nothing()
    {
        var bytes = Enumerable.Repeat((byte)0x91, 1_000_000).Append((byte)0xc0).ToArray();
        var reader = new PayloadReader(bytes);
        Assert.Equal(PayloadKind.Other, reader.Read());
        Assert.Equal(bytes.Length, reader.Position);
    }

    [Fact]
    public void Any_bytes_give_what_the_library_gives_or_are_refused()
    {
        var random = new Random(7);
       
        for (var i = 0; i < 200_000; i++)
        {
            var bytes = new byte[random.Next(1, 40)];
            random.NextBytes(bytes);
            if (i % 2 == 0)
                bytes[0] = (byte)random.Next(0x80, 0xe0);
            var (ours, ourEnd) = Ours(bytes);
            var (theirs, theirEnd) = Theirs(bytes);
            if (theirs && !ours && bytes.AsSpan(0, theirEnd).ContainsAny((byte)0xdd, (byte)0xdf))
                continue; // The library takes a count above 2^31 for none.
            Assert.True((theirs, theirEnd) == (ours, ourEnd), $"{Convert.ToHexString(bytes)}: {theirs} {theirEnd}, here {ours} {ourEnd}");
        }
    }

    private static (bool Whole, int End) Ours(byte[] bytes)
    {
        try
        {
            var reader = new PayloadReader(bytes);
            reader.Read();
            return (true, reader.Position);
        }
        catch (InvalidDataException)
        {
            return (false, 0);
        }
    }

    private static (bool Whole, int End) Theirs(byte[] bytes)
    {
        try
        {
            var reader = new MessagePackReader(bytes);
            reader.Skip();
            return (true, (int)reader.Consumed);
        }
        // The third is the library's answer to a length above 2 GiB.
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or ArgumentOutOfRangeException)
        {
            return (false, 0);
        }
    }
}

using System.Text;

namespace Nbpy.Fuzz.Tests;

/// <summary>Makes an input out of others: a few changes of bytes, pieces, words and values.</summary>
/// <param name="inputs">What to begin with.</param>
/// <param name="tokens">Words to put in.</param>
internal sealed class Mutator(IReadOnlyList<byte[]> inputs, IReadOnlyList<string> tokens)
{
    private const int MaxLength = 64 * 1024;

    // Values that JSON allows and programs forget.
    private static readonly byte[][] Values =
    [
        .. new[]
        {
            "null", "true", "\"\"", "[]", "{}", "[null]", "0", "-0", "-1", "1e999", "1e-400", "-1.5E+3", "0.00000000", "1e28", "9223372036854775808",
            "79228162514264337593543950336", "\"0x1\"", "\"\\ud800\"", "\"\\u0000\"", "\"2262-12-31T23:59:60Z\"", "[[[[[[[[]]]]]]]]", "\"\u0661\"",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private readonly byte[][] words = [.. tokens.Select(Encoding.UTF8.GetBytes)];

    /// <summary>The next input.</summary>
    public byte[] Next(Random random)
    {
        var bytes = Pick(random).ToList();
        for (var n = random.Next(1, 6); n > 0; n--)
            Change(bytes, random);
        return bytes.Count <= MaxLength ? [.. bytes] : [.. bytes.Take(MaxLength)];
    }

    private byte[] Pick(Random random) => inputs[random.Next(inputs.Count)];

    private void Change(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var length = random.Next(Math.Min(32, bytes.Count - at) + 1);
        switch (random.Next(8))
        {
            case 0 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes.RemoveRange(at, length);
                break;
            case 2:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 3 when words.Length > 0:
                bytes.InsertRange(at, words[random.Next(words.Length)]);
                break;
            case 4:
                var other = Pick(random);
                bytes.InsertRange(at, other[random.Next(other.Length + 1)..]);
                break;
            case 5:
            case 6:
                ReplaceValue(bytes, at, random);
                break;
            default:
                bytes.Insert(at, (byte)(random.Next(2) == 0 ? 0xff : 0x80 | random.Next(128)));
                break;
        }
    }

    // What follows the next colon or comma, up to where it seems to end, becomes another value: the input stays JSON most of the time.
    private static void ReplaceValue(List<byte> bytes, int from, Random random)
    {
        var start = bytes.FindIndex(from, b => b is (byte)':' or (byte)',' or (byte)'[') + 1;
        if (start == 0)
            return;
        var quoted = start < bytes.Count && bytes[start] == '"';
        var end = bytes.FindIndex(Math.Min(bytes.Count, start + 1), b => quoted ? b == '"' : b is (byte)',' or (byte)'}' or (byte)']');
        if (end < 0)
            return;
        bytes.RemoveRange(start, (quoted ? end + 1 : end) - start);
        bytes.InsertRange(start, Values[random.Next(Values.Length)]);
    }
}

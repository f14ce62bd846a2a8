using System.Diagnostics;
using System.Globalization;

namespace Nbpy.Fuzz.Tests;

/// <summary>Feeds a parser its corpus, then mutations of it: the same ones every time. <c>NBPY_FUZZ_SECONDS</c> goes on for that many
/// seconds a target, from another seed each time; the input that broke something is in the failure's message, to be added to the corpus.</summary>
internal static class Fuzzer
{
    private const int Mutations = 5_000;
    private const int MaxLength = 64 * 1024;

    public static void Run(string target, Action<byte[]> parse, params string[] tokens)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "corpus", target);
        var corpus = Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
        Assert.NotEmpty(corpus);
        foreach (var input in corpus)
            Try(target, parse, input);
        var words = tokens.Select(System.Text.Encoding.UTF8.GetBytes).ToArray();
        var random = new Random(20_240_229);
        for (var i = 0; i < Mutations; i++)
            Try(target, parse, Mutate(corpus, words, random));

        if (!int.TryParse(Environment.GetEnvironmentVariable("NBPY_FUZZ_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return;
        random = new Random();
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < seconds;)
            Try(target, parse, Mutate(corpus, words, random));
    }

    private static void Try(string target, Action<byte[]> parse, byte[] input)
    {
        try
        {
            parse(input);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{target}: add this input (base64) to the corpus: {Convert.ToBase64String(input)}", e);
        }
    }

    private static byte[] Mutate(List<byte[]> corpus, byte[][] words, Random random)
    {
        var bytes = corpus[random.Next(corpus.Count)].ToList();
        for (var n = random.Next(1, 6); n > 0; n--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = random.Next(Math.Min(32, bytes.Count - at) + 1);
            switch (random.Next(6))
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
                    var other = corpus[random.Next(corpus.Count)];
                    var from = random.Next(other.Length + 1);
                    bytes.InsertRange(at, other[from..]);
                    break;
                default:
                    bytes.Insert(at, (byte)(random.Next(2) == 0 ? 0xff : 0x80 | random.Next(128)));
                    break;
            }
        }

        return bytes.Count <= MaxLength ? [.. bytes] : [.. bytes.Take(MaxLength)];
    }
}

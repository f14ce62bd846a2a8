using System.Globalization;

namespace Nbpy.Fuzz.Tests;

/// <summary>Feeds a parser its corpus, then mutations of it: the same ones every time. <c>NBPY_FUZZ_SECONDS</c> goes on for that many
/// seconds a target, from another seed each time. An input that is refused in another way than documented, or that takes longer than its
/// limit, fails the test and is kept in the target's folder of the corpus, from where every later run tries it first.</summary>
internal sealed class Fuzzer
{
    private readonly FuzzTarget target;
    private readonly Mutator mutator;
    private readonly List<byte[]> inputs;

    public Fuzzer(FuzzTarget target)
    {
        this.target = target;
        inputs = [.. Corpus.Inputs(target.CorpusFolder), .. target.Seeds];
        Assert.NotEmpty(inputs);
        mutator = new Mutator(inputs, target.Tokens);
    }

    /// <summary>A target of this project, for as long as the environment says.</summary>
    /// <param name="name">Its folder in the corpus.</param>
    /// <param name="parse">What must not throw.</param>
    /// <param name="seeds">Inputs besides the folder's.</param>
    /// <param name="tokens">Texts that mean something to the parser.</param>
    public static Task RunAsync(string name, Action<byte[]> parse, IEnumerable<byte[]>? seeds = null, params string[] tokens) =>
        new Fuzzer(new FuzzTarget(name, parse)
        {
            Seeds = [.. seeds ?? []],
            Tokens = tokens,
            More = int.TryParse(Environment.GetEnvironmentVariable("NBPY_FUZZ_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero,
        }).RunAsync();

    /// <summary>Completes when all is tried, with the first failure where there is one.</summary>
    public async Task RunAsync()
    {
        using var worker = new FuzzWorker(target);
        var done = worker.Start(All());
        while (await Task.WhenAny(done, Task.Delay(TimeSpan.FromMilliseconds(100))) != done)
        {
            if (worker.Stuck() is { } input)
                throw Failure(input, $"takes longer than {target.Limit.TotalSeconds:0.##} s", null);
        }

        if (await done is { } failed)
            throw Failure(failed.Input, "is refused in another way than documented", failed.Error);
    }

    private IEnumerable<byte[]> All()
    {
        foreach (var input in inputs)
            yield return input;
        var random = new Random(20_240_229);
        for (var i = 0; i < target.Mutations; i++)
            yield return mutator.Next(random);
        random = new Random();
        var end = Environment.TickCount64 + (long)target.More.TotalMilliseconds;
        while (Environment.TickCount64 < end)
            yield return mutator.Next(random);
    }

    private InvalidOperationException Failure(byte[] input, string what, Exception? error) => new(
        $"{target.Name}: this input {what}; it is kept in {Corpus.Keep(target.CorpusFolder, input)} (base64: {Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 2000)))})",
        error);
}

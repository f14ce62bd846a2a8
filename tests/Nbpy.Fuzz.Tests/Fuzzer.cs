using System.Globalization;

namespace Nbpy.Fuzz.Tests;

/// <summary>Feeds a parser its corpus, then mutations of it: the same ones every time. Where <c>NBPY_FUZZ_SECONDS</c> is set, a target is tried for at
/// least so long, with mutations from another seed each time. An input that is refused in another way than documented, or that takes longer than its
/// limit, fails the test and is kept in the target's folder of the corpus, from where every later run tries it first.</summary>
internal sealed class Fuzzer
{
    private static readonly Lock ReportGate = new();
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
        RunAsync(new FuzzTarget(name, parse) { Seeds = [.. seeds ?? []], Tokens = tokens });

    /// <summary>A target of this project, for as long as the environment says; what it did becomes a line of the file <c>NBPY_FUZZ_REPORT</c>.</summary>
    public static async Task RunAsync(FuzzTarget target)
    {
        var seconds = int.TryParse(Environment.GetEnvironmentVariable("NBPY_FUZZ_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var set) ? set : 0;
        var line = await new Fuzzer(target with { Duration = TimeSpan.FromSeconds(seconds) }).RunAsync();
        if (Environment.GetEnvironmentVariable("NBPY_FUZZ_REPORT") is { Length: > 0 } report)
            lock (ReportGate)
                File.AppendAllText(report, line + "\n");
    }

    /// <summary>Completes when all is tried, with what was done, or with the first failure where there is one.</summary>
    public async Task<string> RunAsync()
    {
        using var worker = new FuzzWorker(target);
        var done = worker.Start(All(worker));
        while (await Task.WhenAny(done, Task.Delay(TimeSpan.FromMilliseconds(100))) != done)
        {
            if (worker.Stuck() is { } input)
                throw Failure(input, $"takes longer than {target.Limit.TotalSeconds:0.##} s", null);
        }

        if (await done is { } failed)
            throw Failure(failed.Input, "is refused in another way than documented", failed.Error);
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{target.Name,-20} {worker.Tried,10:N0} inputs in {worker.Elapsed.TotalSeconds:0} s, {worker.ProcessorTime.TotalSeconds:0.0} s of them with a processor");
        return worker.ProcessorTime >= target.Least ? line : throw new InvalidOperationException($"Others left it too little: {line}; at least {target.Least.TotalSeconds:0.0} s are wanted.");
    }

    private IEnumerable<byte[]> All(FuzzWorker worker)
    {
        foreach (var input in inputs)
            yield return input;
        var random = new Random(20_240_229);
        for (var i = 0; i < target.Mutations; i++)
            yield return mutator.Next(random);
        random = new Random();
        while (worker.Elapsed < target.Duration || (worker.Elapsed < target.Longest && worker.ProcessorTime < target.Least))
            yield return mutator.Next(random);
    }

    private InvalidOperationException Failure(byte[] input, string what, Exception? error) => new(
        $"{target.Name}: this input {what}; it is kept in {Corpus.Keep(target.CorpusFolder, input)} (base64: {Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 2000)))})",
        error);
}

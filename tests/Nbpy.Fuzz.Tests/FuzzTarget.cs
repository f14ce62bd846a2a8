namespace Nbpy.Fuzz.Tests;

/// <summary>A parser and how long it is tried.</summary>
/// <param name="Name">What reports call it, and its folder in the corpus.</param>
/// <param name="Parse">What must not throw.</param>
internal sealed record FuzzTarget(string Name, Action<byte[]> Parse)
{
    /// <summary>Where its inputs are, and where failing ones are kept: beside the sources, else beside the program.</summary>
    public string CorpusFolder { get; init; } = Corpus.FolderOf(Name);

    /// <summary>Inputs besides the folder's.</summary>
    public IReadOnlyList<byte[]> Seeds { get; init; } = [];

    /// <summary>Texts that mean something to the parser.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>Mutations that are the same every time.</summary>
    public int Mutations { get; init; } = 5_000;

    /// <summary>How long it is tried at least, from the first input on: after <see cref="Mutations"/> others follow, from another seed each time.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.Zero;

    /// <summary>The processor time that <see cref="Duration"/> is to have brought. Where others leave less, it goes on until it had that.</summary>
    public TimeSpan Least => Duration / 40;

    /// <summary>Where it did not have it by now it fails: hardly anything was tried.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The longest that one input may compute: a thousand times what the slowest needs. One that waits instead is given
    /// <see cref="Patience"/> times as long, for the thread may get no processor.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Limits of processor time that an input may take of a clock's.</summary>
    public const int Patience = 60;
}

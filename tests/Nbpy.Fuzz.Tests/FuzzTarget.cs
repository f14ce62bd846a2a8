namespace Nbpy.Fuzz.Tests;

/// <summary>A parser and how long it is tried.</summary>
/// <param name="Name">Its folder in the corpus.</param>
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

    /// <summary>How long to go on with others.</summary>
    public TimeSpan More { get; init; } = TimeSpan.Zero;

    /// <summary>The longest that one input may take. A thousand times what the slowest needs: the machine may be busy.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);
}

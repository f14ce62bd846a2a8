using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>A query and what it runs under.</summary>
/// <param name="Query">One or more statements, split by <c>;</c>.</param>
public sealed record QueryRequest(string Query)
{
    /// <summary>The request's <c>db</c>; null when it has none.</summary>
    public string? Database { get; init; }

    /// <summary>The request's <c>rp</c>.</summary>
    public string? Policy { get; init; }

    /// <summary>Bind parameters (<c>params</c>), by name without <c>$</c>.</summary>
    public IReadOnlyDictionary<string, object?> Parameters { get; init; } = new Dictionary<string, object?>();

    /// <summary>True for GET: a statement that changes something runs, and is answered with a warning, as InfluxDB 1.x does.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether statements need privileges; false: everything is allowed.</summary>
    public bool Authorize { get; init; }

    /// <summary>Who asks; null: nobody signed in.</summary>
    public User? User { get; init; }
}

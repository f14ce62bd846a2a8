using Nbpy.EmbeddedInflux.InfluxQl;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Writes answers of /query in one of the formats that Accept may ask for.</summary>
internal interface IResultFormat
{
    string ContentType { get; }

    /// <summary>Writes a whole answer, or one chunk of it.</summary>
    /// <param name="results">What the statements answered.</param>
    /// <param name="flush">Called between rows; decides itself whether to flush.</param>
    Task WriteAsync(IReadOnlyList<StatementResult> results, Func<ValueTask> flush);

    /// <summary>Writes an answer that is only an error.</summary>
    void WriteError(string message);
}

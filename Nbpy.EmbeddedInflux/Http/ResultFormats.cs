using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Chooses the format of an answer.</summary>
internal static class ResultFormats
{
    private static readonly string[] Types = ["application/json", "application/csv", "text/csv", "application/x-msgpack"];

    /// <summary>The format that Accept likes best (by <c>q</c>, then in its order), or JSON when it names none of them.</summary>
    /// <param name="request">Whose Accept and <c>pretty</c> count.</param>
    /// <param name="output">Where to.</param>
    /// <param name="epoch">Unit of the times in ns, or 0 for the format's own.</param>
    public static IResultFormat Of(HttpRequest request, IBufferWriter<byte> output, long epoch)
    {
        var accepted = MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepts)
            ? accepts.OrderByDescending(a => a.Quality ?? 1).Select(a => Array.Find(Types, t => Matches(a, t))).FirstOrDefault(t => t is not null) : null;
        return accepted switch
        {
            "application/csv" or "text/csv" => new CsvResultWriter(output, epoch, accepted),
            "application/x-msgpack" => new MessagePackResultWriter(output, epoch),
            _ => new ResultWriter(output, epoch, request.Query["pretty"] == "true"),
        };
    }

    private static bool Matches(MediaTypeHeaderValue accept, string type)
    {
        var parts = type.Split('/');
        return (accept.MatchesAllTypes || accept.Type.Equals(parts[0], StringComparison.OrdinalIgnoreCase))
            && (accept.MatchesAllSubTypes || accept.SubType.Equals(parts[1], StringComparison.OrdinalIgnoreCase));
    }
}

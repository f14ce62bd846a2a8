using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Nbpy.EmbeddedInflux.Http;

/// <summary>Chooses the format of an answer.</summary>
internal static class ResultFormats
{
    /// <summary>The first format that Accept names; JSON when it names none of them.</summary>
    /// <param name="request">Whose Accept and <c>pretty</c> count.</param>
    /// <param name="output">Where to.</param>
    /// <param name="epoch">Unit of the times in ns, or 0 for the format's own.</param>
    public static IResultFormat Of(HttpRequest request, IBufferWriter<byte> output, long epoch)
    {
        foreach (var accept in request.Headers.Accept.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            switch (accept.Split(';')[0].TrimEnd().ToLowerInvariant())
            {
                case ("application/csv" or "text/csv") and var type:
                    return new CsvResultWriter(output, epoch, type);
                case "application/x-msgpack":
                    return new MessagePackResultWriter(output, epoch);
                case "application/json" or "application/*" or "*/*":
                    return Json();
            }
        }

        return Json();

        ResultWriter Json() => new(output, epoch, request.Query["pretty"] == "true");
    }
}

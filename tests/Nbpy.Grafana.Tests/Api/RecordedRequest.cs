using System.Text.Json.Nodes;

namespace Nbpy.Grafana.Tests.Api;

/// <summary>A request as it came.</summary>
/// <param name="Method">In capitals.</param>
/// <param name="Path">Below <c>/api</c>.</param>
/// <param name="Query">Names of its parameters.</param>
/// <param name="Body">Its JSON; null without one.</param>
internal sealed record RecordedRequest(string Method, string Path, IReadOnlyList<string> Query, JsonNode? Body);

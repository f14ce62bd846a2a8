using Nbpy.Dashboard.Model;

namespace Nbpy.Dashboard.Views;

/// <summary>Which resources are shown. An empty part lets everything through.</summary>
internal sealed record ResourceFilter(string? Text, string? Type, string? State, string? Health, bool Hidden)
{
    public bool Admits(ResourceView r) =>
        (Hidden || !r.IsHidden)
        && (string.IsNullOrEmpty(Type) || r.Type == Type)
        && (string.IsNullOrEmpty(State) || r.State == State)
        && (string.IsNullOrEmpty(Health) || ResourceWords.Health(r) == Health)
        && (string.IsNullOrWhiteSpace(Text) || Holds(r, Text.Trim()));

    private static bool Holds(ResourceView r, string text) =>
        r.Name.Contains(text, StringComparison.OrdinalIgnoreCase)
        || r.Type.Contains(text, StringComparison.OrdinalIgnoreCase)
        || r.State.Contains(text, StringComparison.OrdinalIgnoreCase)
        || r.Source?.Contains(text, StringComparison.OrdinalIgnoreCase) == true
        || r.Urls.Any(u => u.Url.Contains(text, StringComparison.OrdinalIgnoreCase));
}

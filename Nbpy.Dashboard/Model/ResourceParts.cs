namespace Nbpy.Dashboard.Model;

/// <summary>How healthy.</summary>
public enum ResourceHealth
{
    /// <summary>A check failed.</summary>
    Unhealthy,

    /// <summary>It works, not well.</summary>
    Degraded,

    /// <summary>Every check is passed.</summary>
    Healthy,
}

/// <summary>One health check's last answer.</summary>
/// <param name="Name">The check.</param>
/// <param name="Health">Its answer; null before the first.</param>
/// <param name="Description">The reason in words.</param>
/// <param name="Exception">The exception's text.</param>
public sealed record HealthReportView(string Name, ResourceHealth? Health, string? Description, string? Exception = null);

/// <summary>An environment variable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsSecret">True: hidden until somebody asks for it, and not in the page before.</param>
public sealed record EnvironmentVariableView(string Name, string Value, bool IsSecret);

/// <summary>A parameter of the application.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; empty when there is none.</param>
/// <param name="IsSecret">True: hidden until somebody asks for it, and not in the page before.</param>
/// <param name="Problem">Why it has no value; null when it has one.</param>
public sealed record ApplicationParameterView(string Name, string Value, bool IsSecret, string? Problem = null);

/// <summary>An address of a resource.</summary>
/// <param name="Name">The endpoint's name, or what the link is called.</param>
/// <param name="Url">The address; <c>http</c> and <c>https</c> become links.</param>
public sealed record UrlView(string Name, string Url);

/// <summary>An edge to another resource, or to a parameter.</summary>
/// <param name="Resource">The other's name.</param>
/// <param name="Kind">WaitFor, WaitForCompletion, Reference, Parent, ….</param>
public sealed record RelationshipView(string Resource, string Kind)
{
    /// <summary>True: the other starts before it.</summary>
    public bool IsWait => Kind.StartsWith("WaitFor", StringComparison.Ordinal);
}

/// <summary>A named value.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
public sealed record PropertyView(string Name, string Value);

/// <summary>A command of a resource.</summary>
/// <param name="Name">What <see cref="IResourceModel.ExecuteCommandAsync"/> takes.</param>
/// <param name="DisplayName">What the page writes.</param>
/// <param name="IsEnabled">False: shown and not to be used now.</param>
/// <param name="Confirmation">What to ask before; null: nothing.</param>
public sealed record CommandView(string Name, string DisplayName, bool IsEnabled = true, string? Confirmation = null);

/// <summary>What a command came to.</summary>
/// <param name="Success">True: done.</param>
/// <param name="Message">Why not, or what was done.</param>
public sealed record CommandOutcome(bool Success, string? Message = null);

/// <summary>One line that a resource printed.</summary>
/// <param name="Number">Rises by one per line of the resource.</param>
/// <param name="Time">When it was printed; null: not known.</param>
/// <param name="Text">The line, with its ANSI codes.</param>
/// <param name="IsError">True: from standard error.</param>
public sealed record ConsoleLine(long Number, DateTimeOffset? Time, string Text, bool IsError);

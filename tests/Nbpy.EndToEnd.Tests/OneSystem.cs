using Xunit.v3;

namespace Nbpy.EndToEnd.Tests;

/// <summary>Whole systems, one after the other. Those that a browser looks at come first: later in CI, tests with containers may have the
/// machine's addresses for themselves (<see cref="Chromium"/>).</summary>
[CollectionDefinition(Name)]
[TestClassOrderer(typeof(BrowsersFirst))]
public sealed class OneSystem
{
    public const string Name = "one system at a time";
}

/// <summary>Classes with a browser before the others.</summary>
public sealed class BrowsersFirst : ITestClassOrderer
{
    public IReadOnlyCollection<TTestClass?> OrderTestClasses<TTestClass>(IReadOnlyCollection<TTestClass?> testClasses)
        where TTestClass : notnull, Xunit.Sdk.ITestClass =>
        [.. testClasses.OrderByDescending(c => c is IXunitTestClass { Class: var type } && typeof(IClassFixture<Chromium>).IsAssignableFrom(type))];
}

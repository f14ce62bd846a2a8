namespace Nbpy.Publishers.Twitter;

/// <summary>How strongly one token of a text feels, given the tokens around it.</summary>
internal static class VaderValence
{
    public static double Of(int i, VaderText text, VaderData data)
    {
        var tokens = text.Tokens;
        var token = tokens[i];
        if (data.Boosters.ContainsKey(token.Lower) || (token.Lower == "kind" && Is(tokens, i + 1, "of")) || token.Value is not { } value)
            return 0;
        if (token.Lower == "no" && i + 1 < tokens.Count && tokens[i + 1].Value is not null)
            value = 0;
        if (Is(tokens, i - 1, "no") || Is(tokens, i - 2, "no") || (Is(tokens, i - 3, "no") && Is(tokens, i - 1, "or", "nor")))
            value = token.Value.Value * VaderData.NegationFactor;
        if (token.IsUpper && text.CapitalsDiffer)
            value += value > 0 ? VaderData.CapitalsIncrease : -VaderData.CapitalsIncrease;
        for (var k = 0; k < 3 && i > k; k++)
        {
            var before = tokens[i - k - 1];
            if (before.Value is not null)
                continue;
            value += Boost(before, value, text.CapitalsDiffer, data) * (k switch { 1 => 0.95, 2 => 0.9, _ => 1 });
            value = Negate(k, i, tokens, value, data);
            if (k == 2)
                value = Idiom(i, tokens, value, data);
        }
        return Is(tokens, i - 1, "least") && tokens[i - 1].Value is null && !Is(tokens, i - 2, "at", "very")
            ? value * VaderData.NegationFactor
            : value;
    }

    private static double Boost(VaderToken before, double value, bool capitalsDiffer, VaderData data)
    {
        if (!data.Boosters.TryGetValue(before.Lower, out var boost))
            return 0;
        if (value < 0)
            boost = -boost;
        if (before.IsUpper && capitalsDiffer)
            boost += value > 0 ? VaderData.CapitalsIncrease : -VaderData.CapitalsIncrease;
        return boost;
    }

    private static double Negate(int k, int i, List<VaderToken> tokens, double value, VaderData data)
    {
        var far = i - k - 1;
        // With three words looked at, "so" or "this" just before is enough, without a "never": so behaves the reference.
        var stressed = k switch
        {
            1 => Is(tokens, far, "never") && Is(tokens, i - 1, "so", "this"),
            2 => (Is(tokens, far, "never") && Is(tokens, i - 2, "so", "this")) || Is(tokens, i - 1, "so", "this"),
            _ => false,
        };
        if (stressed)
            return value * 1.25;
        var doubtless = k > 0 && Is(tokens, far, "without") && (Is(tokens, i - 1, "doubt") || (k == 2 && Is(tokens, i - 2, "doubt")));
        var word = tokens[far].Lower;
        return !doubtless && (data.Negations.Contains(word) || word.Contains("n't", StringComparison.Ordinal))
            ? value * VaderData.NegationFactor
            : value;
    }

    // There are at least three tokens before this one.
    private static double Idiom(int i, List<VaderToken> tokens, double value, VaderData data)
    {
        var (three, two, one, here) = (tokens[i - 3].Lower, tokens[i - 2].Lower, tokens[i - 1].Lower, tokens[i].Lower);
        var (twoOne, threeTwo, threeTwoOne) = ($"{two} {one}", $"{three} {two}", $"{three} {two} {one}");
        if (data.Idioms.TryGetValue($"{one} {here}", out var special) || data.Idioms.TryGetValue($"{two} {one} {here}", out special)
            || data.Idioms.TryGetValue(twoOne, out special) || data.Idioms.TryGetValue(threeTwoOne, out special)
            || data.Idioms.TryGetValue(threeTwo, out special))
            value = special;
        if (i + 1 < tokens.Count && data.Idioms.TryGetValue($"{here} {tokens[i + 1].Lower}", out special))
            value = special;
        if (i + 2 < tokens.Count && data.Idioms.TryGetValue($"{here} {tokens[i + 1].Lower} {tokens[i + 2].Lower}", out special))
            value = special;
        return value + data.Boosters.GetValueOrDefault(threeTwoOne) + data.Boosters.GetValueOrDefault(threeTwo)
            + data.Boosters.GetValueOrDefault(twoOne);
    }

    private static bool Is(List<VaderToken> tokens, int index, string word) =>
        index >= 0 && index < tokens.Count && tokens[index].Lower == word;

    private static bool Is(List<VaderToken> tokens, int index, string word, string other) =>
        Is(tokens, index, word) || Is(tokens, index, other);
}

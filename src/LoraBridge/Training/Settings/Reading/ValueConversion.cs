using System.Collections;
using System.Globalization;

namespace LoraBridge.Training.Settings.Reading;

/// <summary>Turns a source's value into a setting's type, forgiving what peers' files are known to contain.</summary>
internal static class ValueConversion
{
    /// <summary>A value, that nothing was given, or what is wrong.</summary>
    public readonly record struct Result(object? Value, bool IsUnset = false, string Error = "");

    /// <summary>Converts and checks the setting's range.</summary>
    public static Result Convert(Setting setting, RawValue raw)
    {
        // an empty text or null is how forms write "not set", but where a text may be empty it is one
        var isEmptyText = setting.Type == typeof(string) && !setting.IsOptional && raw is RawScalar { IsQuoted: true };
        if (raw is RawScalar { IsNothing: true } && !isEmptyText) return new(null, IsUnset: !setting.IsOptional);
        var result = setting.ElementType is { } element ? List(element, raw)
            : setting.IsTable ? Table(setting.Type.GetGenericArguments()[1], raw)
            : raw is RawScalar scalar ? Scalar(setting.Type, scalar)
            : Fail(raw is RawMap ? "has one value, not several keys" : "has one value, not a list");
        if (result.Error.Length > 0 || result.Value is null) return result;
        if (setting.IsOptional && IsZero(result.Value) && setting.Check(result.Value).Length > 0) return new(null);      // peers write 0 for "off"
        return setting.Check(result.Value) is { Length: > 0 } error ? Fail(error) : result;
    }

    private static bool IsZero(object value) => value is 0 or 0L or 0.0;

    private static Result List(Type element, RawValue raw)
    {
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        foreach (var item in Items(element, raw))
        {
            var result = item is RawScalar scalar ? Scalar(element, scalar) : Fail("holds single values only");
            if (result.Error.Length > 0) return result;
            list.Add(result.Value);
        }
        return new(list);
    }

    // a single text may hold the list: numbers and names split at commas and spaces, sentences only at line breaks
    private static IEnumerable<RawValue> Items(Type element, RawValue raw)
    {
        if (raw is RawList list) return list.Items;
        if (raw is not RawScalar { Text: { } text } scalar) return [raw];
        if (text is ['(' or '[', .., ')' or ']']) text = text[1..^1];
        char[] separators = element == typeof(string) ? ['\n', '\r'] : [',', ' ', '\t', '\n'];
        return text.Split(separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(part => new RawScalar(scalar.Place, part, IsQuoted: false));
    }

    private static Result Table(Type element, RawValue raw)
    {
        var table = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), element))!;
        foreach (var (key, value) in Pairs(raw))
        {
            var result = value is RawScalar scalar ? Scalar(element, scalar) : Fail("holds single values only");
            if (result.Error.Length > 0) return Fail($"at '{key}' {result.Error}");
            table[key] = result.Value;
        }
        return table.Count > 0 || raw is RawMap ? new(table) : Fail("wants name=value pairs");
    }

    private static IEnumerable<(string Key, RawValue Value)> Pairs(RawValue raw)
    {
        if (raw is RawMap map) return map.Entries.Select(entry => (entry.Key, entry.Value));
        return
            from item in raw is RawList list ? list.Items : [raw]
            where item is RawScalar { Text: not null }
            let scalar = (RawScalar)item
            from pair in scalar.Text!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            let end = pair.LastIndexOf('=')
            where end > 0
            select (pair[..end], (RawValue)new RawScalar(scalar.Place, pair[(end + 1)..], IsQuoted: false));
    }

    private static Result Scalar(Type type, RawScalar raw)
    {
        var text = raw.Text ?? "";
        if (type == typeof(string)) return new(text);
        text = text.Trim();
        if (type == typeof(bool)) return Flag(text);
        if (type == typeof(StepAmount)) return StepAmount.TryParse(text, out var amount) is { Length: > 0 } error ? Fail($"is '{text}', and {error}") : new(amount);
        if (type.IsEnum) return Choice(type, text);
        return Number(type, text);
    }

    private static Result Flag(string text) => text.ToLowerInvariant() switch
    {
        "true" or "yes" or "on" or "y" or "1" => new(true),
        "false" or "no" or "off" or "n" or "0" => new(false),
        _ => Fail($"is '{text}', and must be true or false"),
    };

    private static Result Choice(Type type, string text)
    {
        // classes are often named in full: bitsandbytes.optim.AdamW8bit
        if (ChoiceNames.TryFind(type, text, out var value) || ChoiceNames.TryFind(type, text.Split('.')[^1], out value)) return new(value);
        var nearest = NearestName.Find(text, ChoiceNames.Spellings(type));
        return Fail($"is '{text}'{(nearest is null ? "" : $" (did you mean {nearest}?)")}, and must be one of {string.Join(", ", ChoiceNames.Of(type))}");
    }

    private static Result Number(Type type, string text)
    {
        if (!double.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            var cure = text.Contains(',', StringComparison.Ordinal) ? ": decimals have a dot" : "";
            return Fail($"is '{text}', and must be a number{cure}");
        }
        if (!double.IsFinite(number)) return Fail($"is '{text}', and must be a finite number");
        if (type == typeof(double)) return new(number);
        if (number != Math.Truncate(number)) return Fail($"is '{text}', and must be a whole number");
        if (type == typeof(int)) return Math.Abs(number) <= int.MaxValue ? new((int)number) : Fail($"is '{text}', which is too large");
        return Math.Abs(number) < 1L << 53 ? new((long)number) : Fail($"is '{text}', which is too large");
    }

    private static Result Fail(string error) => new(null, Error: error);
}

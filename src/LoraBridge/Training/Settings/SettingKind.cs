namespace LoraBridge.Training.Settings;

/// <summary>What kind of value a setting has, for forms.</summary>
public enum SettingKind
{
    /// <summary>Yes or no.</summary>
    Boolean,

    /// <summary>A whole number.</summary>
    WholeNumber,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>One of several names.</summary>
    Choice,

    /// <summary>A number of steps, or a share of the run such as <c>10%</c>.</summary>
    Steps,

    /// <summary>Several values.</summary>
    List,

    /// <summary>Values by names.</summary>
    Table,
}

/// <summary>The least and greatest value of a setting.</summary>
/// <param name="Minimum">The least.</param>
/// <param name="Maximum">The greatest.</param>
/// <param name="IsMinimumExclusive">Whether the least itself is not allowed.</param>
/// <param name="IsMaximumExclusive">Whether the greatest itself is not allowed.</param>
public sealed record SettingBounds(double Minimum, double Maximum, bool IsMinimumExclusive, bool IsMaximumExclusive);

/// <summary>One of the names that a setting can have for its value.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Meaning">What it means, in a sentence.</param>
public sealed record SettingChoice(string Name, string Meaning);

# Invoke-ScriptAnalyzer -Settings: all rules that it has by default, but those that have nothing to say here.
@{
    Severity = @('Error', 'Warning')
    ExcludeRules = @(
        # The scripts of build/ speak to who runs them.
        'PSAvoidUsingWriteHost'
        # They do not see that Pester's blocks, and dot-sourced ones, share their variables.
        'PSUseDeclaredVarsMoreThanAssignments'
        'PSReviewUnusedParameter'
        # The functions here are helpers of tests; their passwords open throwaway accounts.
        'PSUseShouldProcessForStateChangingFunctions'
        'PSAvoidUsingPlainTextForPassword'
        'PSAvoidUsingConvertToSecureStringWithPlainText'
        # All files are UTF-8, and none is for Windows PowerShell, which would need the mark to see that.
        'PSUseBOMForUnicodeEncodedFile'
        # Takes SOCKS for a plural.
        'PSUseSingularNouns'
    )
}

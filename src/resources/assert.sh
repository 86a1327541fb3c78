# assert: assert_run assert_message assert_within (seconds); assert_env exports its variables. Never changes anything.

assert_check() {
  shell_env=assert_env
  shell_as '' "$assert_run" "$assert_within"
  case $rc in
    0) verdict=ok reason=holds ;;
    124) refuse MW-CHANGE-ASSERT "${assert_message:+$assert_message: }\`$assert_run\` did not end within $assert_within s" ;;
    *) refuse MW-CHANGE-ASSERT "${assert_message:-does not hold: \`$assert_run\` exited $rc}" ;;
  esac
}

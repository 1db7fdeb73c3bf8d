# Plays the tellers: each family comes with its cheques of both tranches and is photographed with the money.
salur simulate counter --portal "$SALUR_PORTAL" --devices "$TRY/devices.json" --tranches BST-4,BST-5 --expect-cheques 6 --no-show 0 --both 0 --wrong 0
